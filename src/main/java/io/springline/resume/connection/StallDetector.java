package io.springline.resume.connection;

/**
 * Detects a client that reads everything and acknowledges nothing while the log is full. One thread
 * calls {@link #recordAndCheck}; any thread may {@linkplain #reset reset} it.
 */
final class StallDetector {

    private final long limitNanos;
    private volatile boolean waiting;
    private long sinceNanos;

    /**
     * @param limitNanos the time after which the client {@linkplain #recordAndCheck has stalled}
     */
    StallDetector(long limitNanos) {
        this.limitNanos = limitNanos;
    }

    /** Starts the time anew, because the client has acknowledged or reconnected. */
    void reset() {
        waiting = false;
    }

    /**
     * Records whether the server waits for the client now, and returns true if it has waited for
     * too long.
     */
    boolean recordAndCheck(boolean waits, long nowNanos) {
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
