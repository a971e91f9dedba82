package io.springline.client;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls the listener of a client, in order, on a thread of its own: a call that blocks delays the
 * calls after it, but no connection. The queue is full with 10,000 calls or with messages of 32 MB;
 * the client then reads no message until there is room, and drops state changes.
 */
final class ListenerThread {

    private static final Logger log = LoggerFactory.getLogger(ListenerThread.class);

    private static final int MAX_CALLS = 10_000;

    /** Twice what a server keeps for the resume of a session. */
    private static final int MAX_BYTES = 32 << 20;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition added = lock.newCondition();
    private final Condition taken = lock.newCondition();

    /** Guarded by the lock, as the fields below. */
    private final Queue<Runnable> waiting = new ArrayDeque<>();

    private long bytes;
    private boolean calling;
    private boolean interrupting;
    private boolean ended;

    private final Thread thread = Thread.ofVirtual().name("mcp-listener").unstarted(this::run);
    private final CountDownLatch end = new CountDownLatch(1);

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

    /** Adds a call unless the queue is full. */
    void offer(Runnable call) {
        lock.lock();
        try {
            if (!isFull()) {
                add(call);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Counts a message until the calls before it have run; the calls for it are to be added. */
    void count(int messageBytes) {
        lock.lock();
        try {
            bytes += messageBytes;
            add(() -> uncount(messageBytes));
        } finally {
            lock.unlock();
        }
    }

    private void uncount(int messageBytes) {
        lock.lock();
        try {
            bytes -= messageBytes;
            taken.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Blocks while the queue is full. Returns false after the timeout. */
    boolean awaitRoom(Duration timeout) throws InterruptedException {
        long left = timeout.toNanos();
        lock.lock();
        try {
            while (isFull()) {
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

    private boolean isFull() {
        return waiting.size() >= MAX_CALLS || bytes >= MAX_BYTES;
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

    boolean isCurrent() {
        return Thread.currentThread() == thread;
    }

    /** Interrupts the call that runs, if another thread runs it, and then also all later ones. */
    void interruptCalls() {
        lock.lock();
        try {
            if (calling && !isCurrent()) {
                interrupting = true;
                thread.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Blocks until the thread has ended. Returns false after the timeout. */
    boolean awaitEnd(Duration timeout) throws InterruptedException {
        return end.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void run() {
        for (Runnable call = next(); call != null; call = next()) {
            try {
                call.run();
            } catch (Throwable e) {
                log.error("the client's listener has thrown an exception", e);
            }
        }
        end.countDown();
    }

    /** Returns null after the last call. */
    private @Nullable Runnable next() {
        lock.lock();
        try {
            calling = false;
            Thread.interrupted(); // was for the call that has returned
            while (waiting.isEmpty() && !ended) {
                added.awaitUninterruptibly();
            }
            Runnable call = waiting.poll();
            calling = call != null;
            if (calling && interrupting) {
                thread.interrupt();
            }
            taken.signal();
            return call;
        } finally {
            lock.unlock();
        }
    }
}
