package io.springline.client;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Exponential back-off with full jitter: the first attempt at once, each further one after a random
 * time below a limit that doubles. For one thread.
 */
final class Backoff {

    private final Duration base;
    private final Duration cap;
    private final RandomGenerator random;
    private int attempts;

    /**
     * @param base the limit of the second attempt's wait
     * @param cap of the limit
     */
    Backoff(Duration base, Duration cap, RandomGenerator random) {
        this.base = base;
        this.cap = cap;
        this.random = random;
    }

    /** How long to wait before the next attempt. */
    Duration next() {
        int attempt = attempts++;
        if (attempt == 0) {
            return Duration.ZERO;
        }
        double limit = Math.min(cap.toNanos(), Math.scalb((double) base.toNanos(), attempt - 1));
        return Duration.ofNanos((long) (random.nextDouble() * limit));
    }

    /** The connection was of use. */
    void reset() {
        attempts = 0;
    }
}
