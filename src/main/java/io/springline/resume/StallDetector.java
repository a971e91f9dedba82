package io.springline.resume;

/**
 * How long a client has read everything and acknowledged nothing, although that is what everybody
 * waits for. One thread looks; any may {@linkplain #reset reset} it.
 */
final class StallDetector {

    private final long limitNanos;
    private volatile boolean waiting;
    private long sinceNanos;

    /**
     * @param limitNanos after which it {@linkplain #isOver is over}
     */
    StallDetector(long limitNanos) {
        this.limitNanos = limitNanos;
    }

    /** The client has done something. */
    void reset() {
        waiting = false;
    }

    /**
     * Tells whether it has been so for too long.
     *
     * @param waits whether it is so now
     */
    boolean isOver(boolean waits, long nowNanos) {
        if (!waits) {
            waiting = false;
            return false;
        }
        if (!waiting) {
            sinceNanos = nowNanos;
            waiting = true;
        }
        return nowNanos - sinceNanos >= limitNanos;
    }
}
