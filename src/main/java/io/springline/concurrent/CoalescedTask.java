package io.springline.concurrent;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A task that merges concurrent requests into few runs.
 *
 * <p>It runs on a virtual thread of its own, one run at a time. All requests during a run and
 * during the pause after it lead to one further run. If requests continue, the pause doubles up to
 * a limit; after a quiet time it is short again. An exception is logged and ends only that run.
 * Thread-safe.
 */
public final class CoalescedTask {

    private static final Logger log = LoggerFactory.getLogger(CoalescedTask.class);

    /**
     * The time without a run, in addition to twice the pause, after which the pause is short again.
     */
    private static final Duration QUIET = Duration.ofSeconds(1);

    /** The work of one run. */
    @FunctionalInterface
    public interface Work {
        void run() throws InterruptedException;
    }

    private final String name;
    private final Work work;
    private final Duration shortestPause;
    private final Duration longestPause;
    private @Nullable CompletableFuture<Void> requested;
    private @Nullable Thread runner;
    private boolean delayed;
    private boolean closed;
    private long pauseNanos;
    private long lastEndNanos;

    /**
     * Creates a task.
     *
     * @param shortestPause the pause after the first run; zero for no pauses
     * @param longestPause the limit of the pause
     */
    public CoalescedTask(String name, Duration shortestPause, Duration longestPause, Work work) {
        this.name = name;
        this.work = work;
        this.shortestPause = shortestPause;
        this.longestPause = longestPause;
        this.pauseNanos = shortestPause.toNanos();
        this.lastEndNanos = System.nanoTime() - longestPause.multipliedBy(4).toNanos();
    }

    /**
     * Requests a run, without waiting for it.
     *
     * @return a future that completes after a run that began after this call
     */
    public synchronized CompletableFuture<Void> request() {
        if (closed) {
            return CompletableFuture.completedFuture(null);
        }
        if (requested == null) {
            requested = new CompletableFuture<>();
        }
        if (runner == null) {
            runner = Thread.ofVirtual().name(name).start(this::runAll);
        }
        return requested;
    }

    /** Requests a run after a delay. Does nothing if a delayed request is pending. */
    public synchronized void requestAfter(Duration delay) {
        if (delayed || closed) {
            return;
        }
        delayed = true;
        Thread.ofVirtual()
                .name(name + "-later")
                .start(() -> {
                    try {
                        Thread.sleep(delay);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    synchronized (this) {
                        delayed = false;
                    }
                    request();
                });
    }

    private void runAll() {
        for (CompletableFuture<Void> run = next(); run != null; run = next()) {
            try {
                work.run();
            } catch (InterruptedException e) {
                log.debug("{} interrupted", name);
            } catch (RuntimeException | Error e) {
                log.error("{} failed", name, e);
            }
            run.complete(null);
            try {
                Thread.sleep(Duration.ofNanos(ended()));
            } catch (InterruptedException e) {
                log.debug("{} closed", name);
            }
        }
    }

    private synchronized @Nullable CompletableFuture<Void> next() {
        CompletableFuture<Void> run = requested;
        requested = null;
        if (run == null || closed) {
            runner = null;
            if (run != null) {
                run.complete(null);
            }
            return null;
        }
        boolean quiet = System.nanoTime() - lastEndNanos > 2 * pauseNanos + QUIET.toNanos();
        pauseNanos =
                quiet ? shortestPause.toNanos() : Math.min(2 * pauseNanos, longestPause.toNanos());
        return run;
    }

    /** Returns the pause before the next run, in nanoseconds. */
    private synchronized long ended() {
        lastEndNanos = System.nanoTime();
        return closed ? 0 : pauseNanos;
    }

    /** Returns the pause after the latest run. */
    synchronized Duration pause() {
        return Duration.ofNanos(pauseNanos);
    }

    /** Prevents further runs and interrupts the current one. */
    public synchronized void close() {
        closed = true;
        if (runner != null) {
            runner.interrupt();
        }
    }
}
