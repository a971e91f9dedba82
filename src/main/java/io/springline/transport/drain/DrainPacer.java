package io.springline.transport.drain;

import io.springline.session.limit.Rate;
import java.util.random.RandomGenerator;

/**
 * How many connections may be closed at once, and how long to wait before the next: ten batches a
 * second at most, at random moments, and never more than the ceiling in any second; unless time is
 * too short for that, then evenly over the time that is left.
 */
final class DrainPacer {

    private static final int BATCHES_A_SECOND = 10;
    private static final double SECOND = 1e9;

    /** Pauses are longer by up to this share, at random. */
    private static final double JITTER = 0.5;

    /**
     * @param size at least 1
     * @param pauseNanos until the next batch
     */
    record Batch(int size, long pauseNanos) {}

    private final int ceiling;
    private final RandomGenerator random;

    /**
     * @param ceiling connections closed in one second
     */
    DrainPacer(Rate ceiling, RandomGenerator random) {
        this.ceiling = ceiling.perSecond();
        this.random = random;
    }

    /**
     * @param connections that have yet to be closed
     * @param nanosLeft in which they all should be; none or less is a hundredth of a second
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
