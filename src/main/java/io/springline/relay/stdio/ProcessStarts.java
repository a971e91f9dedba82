package io.springline.relay.stdio;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * A bound on the number of processes that start at the same time.
 *
 * <p>A start counts until its {@link Turn} is closed, but not longer than {@link #LONGEST}, so that
 * a process that hangs does not keep the others from starting. The next turn goes to a start for
 * which a caller waits; among these, to the upstream with the fewest counted starts; among these,
 * to the start that has waited longest. Thread-safe.
 */
public final class ProcessStarts {

    /** The maximum time for which a start counts. */
    static final Duration LONGEST = Duration.ofSeconds(2);

    /** The least bound: a process also waits for files and other servers while it starts. */
    private static final int FEWEST = 4;

    /** One start that may proceed. */
    public final class Turn implements AutoCloseable {

        private final String upstream;
        private final BooleanSupplier awaited;
        private boolean given;
        private long givenNanos;

        private Turn(String upstream, BooleanSupplier awaited) {
            this.upstream = upstream;
            this.awaited = awaited;
        }

        private boolean isAwaited() {
            return awaited.getAsBoolean();
        }

        private long counted() {
            return starting.stream().filter(each -> each.upstream.equals(upstream)).count();
        }

        /** Ends the start, successful or not. */
        @Override
        public void close() {
            lock.lock();
            try {
                starting.remove(this);
                giveTurns();
            } finally {
                lock.unlock();
            }
        }
    }

    private static final Comparator<Turn> ORDER =
            Comparator.comparing(Turn::isAwaited).reversed().thenComparingLong(Turn::counted);

    private final int limit;
    private final long longestNanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /** The starts that wait for their turn, oldest first. */
    private final List<Turn> waiting = new ArrayList<>();

    /** The starts that have begun and still count for the bound, oldest first. */
    private final List<Turn> starting = new ArrayList<>();

    /** Creates a bound of two starts for each processor, and of four at least. */
    public ProcessStarts() {
        this(Math.max(FEWEST, 2 * Runtime.getRuntime().availableProcessors()), LONGEST);
    }

    /**
     * @param longest the maximum time for which a start counts
     */
    public ProcessStarts(int limit, Duration longest) {
        this.limit = limit;
        this.longestNanos = longest.toNanos();
    }

    /**
     * Blocks until the process may start. The result must be closed when it has started, or has
     * failed.
     *
     * @param awaited returns whether a caller waits for the process; called under a lock
     */
    public Turn await(String upstream, BooleanSupplier awaited) throws InterruptedException {
        var turn = new Turn(upstream, awaited);
        lock.lockInterruptibly();
        try {
            waiting.add(turn);
            giveTurns();
            while (!turn.given) {
                long wait = longestNanos - (System.nanoTime() - starting.getFirst().givenNanos);
                if (wait > 0) {
                    changed.awaitNanos(wait);
                }
                giveTurns();
            }
            return turn;
        } catch (InterruptedException e) {
            waiting.remove(turn);
            turn.close();
            throw e;
        } finally {
            lock.unlock();
        }
    }

    /** Gives turns while the limit is not reached. The lock is held. */
    private void giveTurns() {
        long now = System.nanoTime();
        starting.removeIf(each -> now - each.givenNanos >= longestNanos);
        while (starting.size() < limit && !waiting.isEmpty()) {
            Turn next = waiting.stream().min(ORDER).orElseThrow();
            waiting.remove(next);
            next.given = true;
            next.givenNanos = now;
            starting.add(next);
            changed.signalAll();
        }
    }

    /** Returns the number of starts that wait. For tests. */
    public int waiting() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }
}
