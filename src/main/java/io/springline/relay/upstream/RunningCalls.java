package io.springline.relay.upstream;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** The number of running calls of an upstream. Thread-safe. */
final class RunningCalls {

    /** The pause between two checks; also for a call that has found the upstream, but not begun. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    /** The time that the last calls have beyond their timeout. */
    private static final Duration BEYOND_TIMEOUT = Duration.ofSeconds(15);

    private final AtomicInteger count = new AtomicInteger();

    void began() {
        count.incrementAndGet();
    }

    void finished() {
        count.decrementAndGet();
    }

    /**
     * Blocks for at least a second, until no call is running, or until calls that have begun are
     * certain to have ended.
     *
     * @param timeout of a call
     */
    void awaitEnd(Duration timeout) throws InterruptedException {
        long end = System.nanoTime() + timeout.plus(BEYOND_TIMEOUT).toNanos();
        do {
            Thread.sleep(PAUSE);
        } while (count.get() > 0 && System.nanoTime() - end < 0);
    }
}
