package io.springline.cluster;

/**
 * An estimate of Redis' clock, from the times in its answers: behind it by the way of the last
 * answer, never ahead of it. Thread-safe.
 */
final class RedisClock {

    private static final long NANOS_PER_MILLI = 1_000_000;

    private volatile long offsetMillis = Long.MIN_VALUE / 2;

    /** Takes up the time that an answer holds, which has just arrived. */
    void read(long millis, long nowNanos) {
        offsetMillis = millis - nowNanos / NANOS_PER_MILLI;
    }

    /** Returns Redis' time at a time of this machine; a negative number before the first answer. */
    long millisAt(long nanos) {
        return offsetMillis + nanos / NANOS_PER_MILLI;
    }
}
