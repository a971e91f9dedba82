package io.springline.transport.websocket;

import io.springline.session.limit.Rate;

/**
 * Limits the frames of one connection, so that pings, pongs and tiny fragments cannot exceed what
 * the message rate allows. Evaluates the connection's counters from time to time instead of each
 * frame. A large message may arrive in many frames: each 512 bytes since the last evaluation allow
 * one more. Not thread-safe.
 */
final class FrameRateLimiter {

    /** Frames allowed per message of the message rate. */
    static final int FRAMES_PER_MESSAGE = 10;

    /** Bytes that allow one more frame. */
    static final int BYTES_PER_FREE_FRAME = 512;

    private static final double BURST_SECONDS = 2;

    private final double perSecond;
    private long lastFrames;
    private long lastBytes;
    private long lastNanos;
    private double level;

    /**
     * @param rate of messages per second
     */
    FrameRateLimiter(Rate rate, long nowNanos) {
        this.perSecond = (double) rate.perSecond() * FRAMES_PER_MESSAGE;
        this.lastNanos = nowNanos;
    }

    /**
     * Records the frames so far. Returns true if they exceed the rate and a burst of two seconds.
     *
     * @param frames number of all frames so far
     * @param bytes number of all bytes so far
     */
    boolean recordAndCheck(long frames, long bytes, long nowNanos) {
        long free = (bytes - lastBytes) / BYTES_PER_FREE_FRAME;
        double earned = perSecond * (nowNanos - lastNanos) / 1e9;
        level = Math.max(0, level - earned) + Math.max(0, frames - lastFrames - free);
        lastFrames = frames;
        lastBytes = bytes;
        lastNanos = nowNanos;
        return level > perSecond * BURST_SECONDS;
    }
}
