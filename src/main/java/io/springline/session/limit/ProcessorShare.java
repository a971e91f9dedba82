package io.springline.session.limit;

import io.springline.concurrent.SharedThread;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * A limit on the processor time of one client over all its connections: a fixed number of pieces of
 * work run at a time, and the others wait in the order of their arrival. While a message waits, its
 * connection is not read, so TCP slows the client down. Work of other clients waits in other
 * queues.
 *
 * <p>A piece of work is computation: decoding a message, checking arguments against a schema,
 * encoding an answer. It must not block. Only work of {@link #tryRun} and {@link #runAtOnce} may
 * run another piece of work of the same client. Tool code is counted only if it does not block.
 */
public final class ProcessorShare {

    /** The shortest wait that is reported to operators. */
    private static final long NOTABLE_NANOS = 10_000_000;

    private static final long ONE_WAITING = 1L << Integer.SIZE;

    /** The share in which this thread runs work by {@link #tryRun} or {@link #runAtOnce}. */
    private static final ScopedValue<ProcessorShare> HELD = ScopedValue.newInstance();

    private final class Waiter {

        private final long sinceNanos = shares.now();
        private final Thread thread = Thread.currentThread();
        private volatile boolean mayRun;
    }

    private final String client;
    private final ProcessorShares shares;

    /**
     * The number of running pieces of work in the lower half, of waiting ones in the upper half.
     * The lock is needed only while some wait.
     */
    private final AtomicLong state = new AtomicLong();

    private final Queue<Waiter> waiters = new ArrayDeque<>(0);
    private boolean hasWaited;
    private long waitedUntilNanos;

    /**
     * @param client the name for operators: a principal, or an anonymous caller with its address
     */
    ProcessorShare(String client, ProcessorShares shares) {
        this.client = client;
        this.shares = shares;
    }

    /** Returns the name of the client. */
    public String client() {
        return client;
    }

    /**
     * Runs {@code work} on this thread as soon as the share allows. Blocks for as long as that
     * takes.
     */
    public <T> T run(Supplier<T> work) {
        if (HELD.isBound() && HELD.get() == this) {
            return work.get();
        }
        begin();
        try {
            return work.get();
        } finally {
            end();
        }
    }

    /**
     * Runs {@code work} on this thread if the share allows that now; otherwise returns false, and
     * runs nothing. Work that it runs in turn is part of it, and does not wait.
     */
    public boolean tryRun(Runnable work) {
        if (HELD.isBound() && HELD.get() == this) {
            work.run();
            return true;
        }
        if (!tryBegin()) {
            return false;
        }
        try {
            ScopedValue.where(HELD, this).run(work);
        } finally {
            end();
        }
        return true;
    }

    /**
     * Runs {@code work} on this thread at once, whatever else runs. Calls of {@link #run} within
     * the work are part of it. For small work on a thread that serves many clients, which must not
     * wait for one of them.
     */
    public void runAtOnce(Runnable work) {
        ScopedValue.where(HELD, this).run(work);
    }

    private boolean tryBegin() {
        int limit = shares.limitFor(this);
        for (long now = state.get(); now < limit; now = state.get()) {
            if (state.compareAndSet(now, now + 1)) {
                return true;
            }
        }
        return false;
    }

    private void begin() {
        if (tryBegin()) {
            return;
        }
        assert SharedThread.mayBlock("for a share of the processors");
        Waiter waiter;
        synchronized (waiters) {
            waiter = new Waiter();
            waiters.add(waiter);
            state.addAndGet(ONE_WAITING);
            admitLocked();
        }
        awaitTurn(waiter);
    }

    /** Blocks until the waiter may run. An interrupt is kept for the code that runs afterwards. */
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

    /** Returns the number of waiting pieces of work. */
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

    /** Returns true if work waited for at least 10 ms within the last {@code nanos}. */
    boolean waitedWithin(long nanos, long nowNanos) {
        synchronized (waiters) {
            Waiter first = waiters.peek();
            boolean waits = first != null && nowNanos - first.sinceNanos >= NOTABLE_NANOS;
            return waits || hasWaited && nowNanos - waitedUntilNanos < nanos;
        }
    }
}
