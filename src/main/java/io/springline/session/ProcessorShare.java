package io.springline.session;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * How much of the processors one client may keep busy, over all its connections: a bounded number
 * of pieces of work run at a time, the others wait in the order of their arrival. A connection
 * whose message waits is not read, so its client is slowed down by TCP. Other clients are not
 * behind these pieces of work in any queue.
 *
 * <p>A piece of work is computation: decoding a message, checking arguments against a schema,
 * encoding an answer. It must not block and must not run another piece of work of the same client.
 * Code of tools does not count.
 */
public final class ProcessorShare {

    /** Shorter waits are not worth an operator's attention. */
    private static final long NOTABLE_NANOS = 10_000_000;

    private static final long ONE_WAITING = 1L << Integer.SIZE;

    private final class Waiter {

        private final long sinceNanos = shares.now();
        private final Thread thread = Thread.currentThread();
        private volatile boolean mayRun;
    }

    private final String client;
    private final ProcessorShares shares;

    /** How many pieces of work run, and in the upper half how many wait: without a lock if none. */
    private final AtomicLong state = new AtomicLong();

    private final Queue<Waiter> waiters = new ArrayDeque<>(0);
    private boolean hasWaited;
    private long waitedUntilNanos;

    /**
     * @param client for operators: a principal, or who is anonymous where
     */
    ProcessorShare(String client, ProcessorShares shares) {
        this.client = client;
        this.shares = shares;
    }

    String client() {
        return client;
    }

    /**
     * Runs {@code work} on this thread as soon as the share allows; waits however long it takes.
     */
    public <T> T run(Supplier<T> work) {
        begin();
        try {
            return work.get();
        } finally {
            end();
        }
    }

    private void begin() {
        int limit = shares.limitFor(this);
        for (long now = state.get(); now < limit; now = state.get()) {
            if (state.compareAndSet(now, now + 1)) {
                return;
            }
        }
        Waiter waiter;
        synchronized (waiters) {
            waiter = new Waiter();
            waiters.add(waiter);
            state.addAndGet(ONE_WAITING);
            admitLocked();
        }
        awaitTurn(waiter);
    }

    /** An interrupt is for the code of the tool, and kept for it. */
    private void awaitTurn(Waiter waiter) {
        boolean interrupted = false;
        while (!waiter.mayRun) {
            LockSupport.park(waiter);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void end() {
        for (long now = state.get(); now < ONE_WAITING; now = state.get()) {
            if (state.compareAndSet(now, now - 1)) {
                return;
            }
        }
        synchronized (waiters) {
            state.decrementAndGet();
            admitLocked();
        }
    }

    private void admitLocked() {
        int limit = shares.limit();
        while (!waiters.isEmpty() && (int) state.get() < limit) {
            Waiter next = waiters.remove();
            state.addAndGet(1 - ONE_WAITING);
            recordWaitLocked(next);
            next.mayRun = true;
            LockSupport.unpark(next.thread);
        }
    }

    /** Returns how many pieces of work wait. */
    int waiting() {
        return (int) (state.get() >>> Integer.SIZE);
    }

    private void recordWaitLocked(Waiter waiter) {
        long now = shares.now();
        if (now - waiter.sinceNanos >= NOTABLE_NANOS) {
            hasWaited = true;
            waitedUntilNanos = now;
        }
    }

    /** Whether work had to wait notably long within the last {@code nanos}. */
    boolean waitedWithin(long nanos, long nowNanos) {
        synchronized (waiters) {
            Waiter first = waiters.peek();
            boolean waits = first != null && nowNanos - first.sinceNanos >= NOTABLE_NANOS;
            return waits || hasWaited && nowNanos - waitedUntilNanos < nanos;
        }
    }
}
