package io.springline.session;

/**
 * Holds the messages of one session against its {@link Rate}. Safe for use by many threads, since a
 * resumed session's former connection may still be handing in its last message.
 */
public final class RateLimiter {

    /** How a message stands to the rate. */
    public enum Verdict {
        WITHIN,
        /** The burst is used up: refuse it. */
        OVER,
        /** As much again was refused, and it still goes on: end the connection. */
        ABUSE
    }

    private static final long SECOND = 1_000_000_000L;
    private static final long BURST_NANOS = 2 * SECOND;

    private final long nanosPerMessage;
    private long earnedAt = Long.MIN_VALUE;

    RateLimiter(Rate rate) {
        this.nanosPerMessage = SECOND / rate.perSecond();
    }

    /** Counts one message, refused or not. */
    public synchronized Verdict take(long nowNanos) {
        if (earnedAt == Long.MIN_VALUE || earnedAt - nowNanos < 0) {
            earnedAt = nowNanos;
        }
        earnedAt += nanosPerMessage;
        long ahead = earnedAt - nowNanos;
        if (ahead <= BURST_NANOS) {
            return Verdict.WITHIN;
        }
        return ahead <= 2 * BURST_NANOS ? Verdict.OVER : Verdict.ABUSE;
    }
}
