package io.springline.transport.websocket;

/**
 * Holds back a client that sends more bytes a second than it may: nothing more is read from it
 * until the rate, with bursts of twice a second's worth, is kept again. Used by the one thread that
 * reads the connection.
 */
final class InboundRateLimiter {

    private static final long SECOND = 1_000_000_000L;
    private static final long BURST_NANOS = 2 * SECOND;
    private static final long NAP_MILLIS = 250;

    private final long bytesPerSecond;
    private long usedUntil = Long.MIN_VALUE;

    /**
     * @param bytesPerSecond at least 1
     */
    InboundRateLimiter(long bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
    }

    /** Counts what has come in and waits as long as it takes, or until the connection closes. */
    void take(int bytes, WebSocketConnection connection) throws InterruptedException {
        long wait = nanosAhead(bytes, System.nanoTime());
        while (wait > 0 && connection.isOpen()) {
            Thread.sleep(Math.min(NAP_MILLIS, wait / 1_000_000 + 1));
            wait = nanosAhead(0, System.nanoTime());
        }
    }

    /** By how much the client is ahead of the rate and its burst; 0 or less when it is not. */
    long nanosAhead(int bytes, long nowNanos) {
        if (usedUntil == Long.MIN_VALUE || usedUntil - nowNanos < 0) {
            usedUntil = nowNanos;
        }
        usedUntil += bytes * SECOND / bytesPerSecond;
        return usedUntil - nowNanos - BURST_NANOS;
    }
}
