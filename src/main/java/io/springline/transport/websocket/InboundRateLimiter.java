package io.springline.transport.websocket;

import io.springline.concurrent.SharedThread;

/**
 * Limits the bytes per second that one client may send, with a burst of two seconds' worth. A
 * client that exceeds the limit is not disconnected; its connection is not read until it is within
 * the limit again. Used only by the thread that reads the connection.
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

    /** Counts received bytes. Returns whether the client is within the limit. */
    boolean count(int bytes) {
        return nanosAhead(bytes, System.nanoTime()) <= 0;
    }

    /** Blocks until the client is within the limit or the connection closes. */
    void await(WebSocketConnection connection) throws InterruptedException {
        long wait = nanosAhead(0, System.nanoTime());
        while (wait > 0 && connection.isOpen()) {
            assert SharedThread.mayBlock("for the rate of a connection");
            Thread.sleep(Math.min(NAP_MILLIS, wait / 1_000_000 + 1));
            wait = nanosAhead(0, System.nanoTime());
        }
    }

    /**
     * Counts received bytes, and returns the time until the client is within the limit; 0 or less
     * if it is.
     */
    long nanosAhead(int bytes, long nowNanos) {
        if (usedUntil == Long.MIN_VALUE || usedUntil - nowNanos < 0) {
            usedUntil = nowNanos;
        }
        usedUntil += bytes * SECOND / bytesPerSecond;
        return usedUntil - nowNanos - BURST_NANOS;
    }
}
