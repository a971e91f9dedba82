package io.springline.cluster.session;

/**
 * An estimate of Redis' clock from the times in its answers. It is behind that clock by the delay
 * of the last answer, and never ahead. Thread-safe.
 */
final class RedisClock {

    private static final long NANOS_PER_MILLI = 1_000_000;

    private volatile long offsetMillis = Long.MIN_VALUE / 2;

    /** Records the time in an answer that has just arrived. */
    void read(long millis, long nowNanos) {
        offsetMillis = millis - nowNanos / NANOS_PER_MILLI;
    }

    /**
     * Returns Redis' time at a time of this machine, or a negative number before the first answer.
     */
    long millisAt(long nanos) {
        return offsetMillis + nanos / NANOS_PER_MILLI;
    }
}
