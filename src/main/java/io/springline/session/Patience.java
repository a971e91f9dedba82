package io.springline.session;

/**
 * How long a client has read everything and acknowledged nothing, although that is what everybody
 * waits for. Not safe for use by many threads.
 */
final class Patience {

    private final long limitNanos;
    private boolean waiting;
    private long sinceNanos;

    /**
     * @param limitNanos after which it {@linkplain #isOver is over}
     */
    Patience(long limitNanos) {
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
            waiting = true;
            sinceNanos = nowNanos;
        }
        return nowNanos - sinceNanos >= limitNanos;
    }
}
