package io.springline.resume.connection;

/** One absence of the client. Two absences are never equal, even if they began at the same time. */
public final class Absence {

    private final long sinceNanos;

    Absence(long sinceNanos) {
        this.sinceNanos = sinceNanos;
    }

    boolean hasLasted(long nanos, long nowNanos) {
        return nowNanos - sinceNanos >= nanos;
    }
}
