package io.springline.transport.drain;

import io.springline.session.limit.Rate;
import java.util.random.RandomGenerator;

/**
 * Computes how many connections to close in a batch, and the pause until the next batch: at most
 * ten batches per second at random intervals, and at most the ceiling per second. If the remaining
 * time is too short for that, spreads the connections evenly over it.
 */
final class DrainPacer {

    private static final int BATCHES_A_SECOND = 10;
    private static final double SECOND = 1e9;

    /** A pause is longer than the shortest one by a random share of up to this. */
    private static final double JITTER = 0.5;

    /**
     * @param size number of connections to close, at least 1
     * @param pauseNanos until the next batch
     */
    record Batch(int size, long pauseNanos) {}

    private final int ceiling;
    private final RandomGenerator random;

    /**
     * @param ceiling most connections to close per second
     */
    DrainPacer(Rate ceiling, RandomGenerator random) {
        this.ceiling = ceiling.perSecond();
        this.random = random;
    }

    /**
     * @param connections number of connections that are still open
     * @param nanosLeft time until all of them should be closed; less than 10 ms counts as 10 ms
     */
    Batch next(int connections, long nanosLeft) {
        double seconds = Math.max(nanosLeft, SECOND / 100) / SECOND;
        double needed = Math.ceil(connections * (1 + JITTER) / seconds);
        int perSecond = (int) Math.max(ceiling, needed);
        int size = Math.max(1, perSecond / BATCHES_A_SECOND);
        double pause = SECOND * size / perSecond * (1 + JITTER * random.nextDouble());
        return new Batch(size, (long) Math.ceil(pause));
    }
}
