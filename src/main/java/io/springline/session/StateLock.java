package io.springline.session;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A lock that guards the state of one object, and under which nothing is called outward: no socket,
 * no store, no listener, no code of others, no log line with what users have sent. {@code
 * docs/architecture.md} lists all of them with their order.
 *
 * <pre>{@code
 * try (var _ = lock.hold()) {
 *     // guarded
 * }
 * }</pre>
 *
 * Where a thread calls outward it asserts {@link #noneHeld}. Assertions are on in all tests and
 * cost nothing in production.
 */
public final class StateLock implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(StateLock.class);

    /** How many of these locks a thread holds; counted only while assertions are on. */
    private static final ThreadLocal<Integer> HELD = ThreadLocal.withInitial(() -> 0);

    private static volatile int violations;

    /** What a simulation does around each lock; asked only while assertions are on. */
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

    /** Waits for the lock and takes it, until {@link #close}. */
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
     * Returns whether this thread holds no lock of this type, as it must where it calls outward. To
     * be used as {@code assert StateLock.noneHeld("what is called")}. A violation is logged and
     * counted, since the error itself may end up in a handler.
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

    /** Returns whether this thread holds a lock of this type; false while assertions are off. */
    static boolean isHeld() {
        return HELD.get() > 0;
    }

    /** Returns how many violations {@link #noneHeld} has found in this process. */
    static int violations() {
        return violations;
    }
}
