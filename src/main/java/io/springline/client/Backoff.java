package io.springline.client;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Exponential back-off with full jitter: no wait before the first attempt, then a random wait below
 * a limit that doubles with each attempt. Not thread-safe.
 */
final class Backoff {

    private final Duration base;
    private final Duration cap;
    private final RandomGenerator random;
    private int attempts;

    /**
     * @param base the limit of the wait before the second attempt
     * @param cap the maximum of the limit
     */
    Backoff(Duration base, Duration cap, RandomGenerator random) {
        this.base = base;
        this.cap = cap;
        this.random = random;
    }

    /** Counts an attempt, and returns the wait before it. */
    Duration next() {
        int attempt = attempts++;
        if (attempt == 0) {
            return Duration.ZERO;
        }
        double limit = Math.min(cap.toNanos(), Math.scalb((double) base.toNanos(), attempt - 1));
        return Duration.ofNanos((long) (random.nextDouble() * limit));
    }

    /** Starts over after a successful connection. */
    void reset() {
        attempts = 0;
    }
}
