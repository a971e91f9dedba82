package io.springline.transport.websocket;

import io.springline.session.limit.Rate;

/**
 * Holds the frames of one connection against a rate, so that pings, pongs and crumbs of messages
 * cost no more than messages may. It looks at totals now and then rather than at each frame: what a
 * frame costs is that it comes at all. Large ones are free, since the container hands them on in
 * pieces. Called by one thread.
 */
final class FrameRateLimiter {

    /** Frames for each message that the rate allows. */
    static final int FRAMES_PER_MESSAGE = 10;

    /** So many bytes may come in a frame of their own without being counted. */
    static final int BYTES_PER_FREE_FRAME = 512;

    private static final double BURST_SECONDS = 2;

    private final double perSecond;
    private long lastCounted;
    private long lastNanos;
    private double level;

    /**
     * @param rate of messages
     */
    FrameRateLimiter(Rate rate, long nowNanos) {
        this.perSecond = (double) rate.perSecond() * FRAMES_PER_MESSAGE;
        this.lastNanos = nowNanos;
    }

    /**
     * Whether more came than the rate and a burst of twice that allow.
     *
     * @param frames that have come so far
     * @param bytes that have come so far
     */
    boolean isExceeded(long frames, long bytes, long nowNanos) {
        long counted = Math.max(lastCounted, frames - bytes / BYTES_PER_FREE_FRAME);
        double earned = perSecond * (nowNanos - lastNanos) / 1e9;
        level = Math.max(0, level - earned) + (counted - lastCounted);
        lastCounted = counted;
        lastNanos = nowNanos;
        return level > perSecond * BURST_SECONDS;
    }
}
