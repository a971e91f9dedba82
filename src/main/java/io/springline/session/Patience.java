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

    /** There is nothing to wait for. */
    void reset() {
        waiting = false;
    }

    /** There is something to wait for; tells whether it has been so for too long. */
    boolean isOver(long nowNanos) {
        if (!waiting) {
            waiting = true;
            sinceNanos = nowNanos;
        }
        return nowNanos - sinceNanos >= limitNanos;
    }
}
