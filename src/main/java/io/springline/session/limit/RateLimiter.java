package io.springline.session.limit;

/**
 * Limits the messages of one session to its {@link Rate}. Safe for use by many threads, since the
 * former connection of a resumed session may still deliver its last message.
 */
public final class RateLimiter {

    /** The relation of a message to the rate. */
    public enum Verdict {
        WITHIN,
        /** The burst is used up: the message is to be refused. */
        OVER,
        /** As many messages again were refused: the connection is to be closed. */
        ABUSE
    }

    private static final long SECOND = 1_000_000_000L;
    private static final long BURST_NANOS = 2 * SECOND;

    private final long nanosPerMessage;
    private long earnedAt = Long.MIN_VALUE;

    public RateLimiter(Rate rate) {
        this.nanosPerMessage = SECOND / rate.perSecond();
    }

    /** Counts a message, and returns whether it is within the rate. Refused messages count, too. */
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
