package io.springline.concurrent;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Marks a thread while it serves many clients, as Jetty's selectors do. It must not block: code
 * that waits for something asserts {@link #mayBlock}.
 */
public final class SharedThread {

    private static final Logger log = LoggerFactory.getLogger(SharedThread.class);

    private static final ScopedValue<SharedThread> CURRENT = ScopedValue.newInstance();

    private static volatile int violations;

    private @Nullable Set<Runnable> deferred;

    private SharedThread() {}

    /** Runs work on the current thread, which must not block meanwhile, then what it deferred. */
    public static void run(Runnable work) {
        var current = new SharedThread();
        ScopedValue.where(CURRENT, current)
                .run(() -> {
                    try {
                        work.run();
                    } finally {
                        current.runDeferred();
                    }
                });
    }

    /** Returns true if the current thread must not block. */
    public static boolean isCurrent() {
        return CURRENT.isBound();
    }

    /**
     * Runs {@code work}: after the work of {@link #run}, and once if it is deferred several times;
     * at once if the current thread is not shared.
     */
    public static void defer(Runnable work) {
        if (!CURRENT.isBound()) {
            work.run();
            return;
        }
        SharedThread current = CURRENT.get();
        if (current.deferred == null) {
            current.deferred = new LinkedHashSet<>();
        }
        current.deferred.add(work);
    }

    private void runDeferred() {
        while (deferred != null) {
            Set<Runnable> all = deferred;
            deferred = null;
            all.forEach(SharedThread::runOne);
        }
    }

    /** The failure of one client's work must not end that of others. */
    private static void runOne(Runnable work) {
        try {
            work.run();
        } catch (Throwable e) {
            log.error("Deferred work failed", e);
        }
    }

    /**
     * Returns true if the current thread may block. Used as {@code assert
     * SharedThread.mayBlock("for room")} before a wait. A violation is logged and counted as well,
     * since the code in between may catch the {@link AssertionError}.
     *
     * @param wait what the thread would wait for, for the log
     */
    public static boolean mayBlock(String wait) {
        if (!isCurrent()) {
            return true;
        }
        synchronized (SharedThread.class) {
            violations++;
        }
        log.error(
                "A thread that serves many clients waits {}",
                wait,
                new IllegalStateException(wait));
        return false;
    }

    /** Returns the number of violations that {@link #mayBlock} has found in this process. */
    static int violations() {
        return violations;
    }
}
