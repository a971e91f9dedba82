package io.springline.client;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls the listener of a client, in order, on a thread of its own. A call that blocks delays the
 * calls after it, but no reconnect. The queue is bounded: a connection reads no message while calls
 * wait ({@link #awaitRoom}), and state changes are dropped when 1,000 calls wait.
 */
final class ListenerThread {

    private static final Logger log = LoggerFactory.getLogger(ListenerThread.class);

    private static final int MAX_WAITING = 1_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition added = lock.newCondition();
    private final Condition taken = lock.newCondition();

    /** Guarded by the lock, as {@code ended}. */
    private final Queue<Runnable> waiting = new ArrayDeque<>();

    private boolean ended;
    private final Thread thread = Thread.ofVirtual().name("mcp-listener").unstarted(this::run);

    void start() {
        thread.start();
    }

    /** Adds a call. An exception that it throws is logged. */
    void add(Runnable call) {
        lock.lock();
        try {
            waiting.add(call);
            added.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Adds a call, unless 1,000 calls already wait. */
    void offer(Runnable call) {
        lock.lock();
        try {
            if (waiting.size() < MAX_WAITING) {
                waiting.add(call);
                added.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Lets the thread end after the calls that have been added. */
    void end() {
        lock.lock();
        try {
            ended = true;
            added.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Blocks until no call waits; one may still run. Returns false after the timeout. */
    boolean awaitRoom(Duration timeout) throws InterruptedException {
        long left = timeout.toNanos();
        lock.lock();
        try {
            while (!waiting.isEmpty()) {
                if (left <= 0) {
                    return false;
                }
                left = taken.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    boolean isCurrent() {
        return Thread.currentThread() == thread;
    }

    void interrupt() {
        thread.interrupt();
    }

    /** Blocks until the thread has ended. Returns false after the timeout. */
    boolean awaitEnd(Duration timeout) throws InterruptedException {
        return thread.join(timeout);
    }

    private void run() {
        for (Runnable call = next(); call != null; call = next()) {
            try {
                call.run();
            } catch (RuntimeException e) {
                log.error("the client's listener has thrown an exception", e);
            }
        }
    }

    /** Returns null after the last call. */
    private @Nullable Runnable next() {
        lock.lock();
        try {
            while (waiting.isEmpty() && !ended) {
                added.awaitUninterruptibly();
            }
            Runnable call = waiting.poll();
            taken.signal();
            return call;
        } finally {
            lock.unlock();
        }
    }
}
