package io.springline.concurrent;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A lock that guards the state of one object. With such a lock held, no outward call is made: to a
 * socket, a store, a listener or a handler, or to the log with users' data. {@code
 * docs/architecture.md} lists the locks and their order.
 *
 * <pre>{@code
 * try (var _ = lock.hold()) {
 *     // guarded
 * }
 * }</pre>
 *
 * Code that calls outward asserts {@link #noneHeld}. Assertions are enabled in all tests, and cost
 * nothing in production.
 */
public final class StateLock implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(StateLock.class);

    /** The number of locks that the thread holds. Counted only while assertions are enabled. */
    private static final ThreadLocal<Integer> HELD = ThreadLocal.withInitial(() -> 0);

    private static volatile int violations;

    /** Observes each lock. Called only while assertions are enabled. */
    public interface Observer {

        /** Called before the thread takes the lock. */
        void taking(StateLock lock);

        /** Called after the thread has released the lock. */
        void released(StateLock lock);
    }

    private static volatile @Nullable Observer observer;

    public static void observe(@Nullable Observer next) {
        observer = next;
    }

    private final ReentrantLock lock = new ReentrantLock();

    /** Acquires the lock, which {@link #close} releases. Blocks until it is free. */
    public StateLock hold() {
        assert taking();
        lock.lock();
        assert count(1);
        return this;
    }

    /** Releases the lock. */
    @Override
    public void close() {
        assert count(-1);
        lock.unlock();
        assert released();
    }

    private boolean taking() {
        Observer current = observer;
        if (current != null) {
            current.taking(this);
        }
        return true;
    }

    private boolean released() {
        Observer current = observer;
        if (current != null) {
            current.released(this);
        }
        return true;
    }

    public Condition newCondition() {
        return lock.newCondition();
    }

    private static boolean count(int change) {
        HELD.set(HELD.get() + change);
        return true;
    }

    /**
     * Returns true if this thread holds no lock of this type. Used as {@code assert
     * StateLock.noneHeld("write to a socket")} before a call to code that may block or call back: a
     * socket, a store, a listener. A violation is logged and counted as well, since the code in
     * between may catch the {@link AssertionError}.
     *
     * @param call what is about to be called, for the log
     */
    public static boolean noneHeld(String call) {
        if (!isHeld()) {
            return true;
        }
        synchronized (StateLock.class) {
            violations++;
        }
        log.error("{} while a StateLock is held", call, new IllegalStateException(call));
        return false;
    }

    /**
     * Returns true if this thread holds a lock of this type. Returns false while assertions are
     * disabled.
     */
    static boolean isHeld() {
        return HELD.get() > 0;
    }

    /** Returns the number of violations that {@link #noneHeld} has found in this process. */
    static int violations() {
        return violations;
    }
}
