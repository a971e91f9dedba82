package io.springline.relay;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A task that is requested more often than it needs to run. It runs on a virtual thread of its own,
 * one run at a time; all requests that come during a run and the pause after it lead to one further
 * run. If requests keep coming, the pause doubles up to a limit; after a quiet time it is short
 * again. What a run throws is logged and ends that run only. Safe for use by many threads.
 */
final class CoalescedTask {

    private static final Logger log = LoggerFactory.getLogger(CoalescedTask.class);

    /** This long without a run, besides twice the pause, makes the pause short again. */
    private static final Duration QUIET = Duration.ofSeconds(1);

    /** Does the work of one run. */
    @FunctionalInterface
    interface Work {
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
     * @param shortestPause after the first run; zero for no pause ever
     */
    CoalescedTask(String name, Duration shortestPause, Duration longestPause, Work work) {
        this.name = name;
        this.work = work;
        this.shortestPause = shortestPause;
        this.longestPause = longestPause;
        this.pauseNanos = shortestPause.toNanos();
        this.lastEndNanos = System.nanoTime() - longestPause.multipliedBy(4).toNanos();
    }

    /**
     * Has the task run, without waiting for it.
     *
     * @return completed after a run that began after this call
     */
    synchronized CompletableFuture<Void> request() {
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

    /** As {@link #request} after a delay; does nothing if a delayed request is outstanding. */
    synchronized void requestAfter(Duration delay) {
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

    /** Lets no further run begin, and interrupts the one that is going on. */
    synchronized void close() {
        closed = true;
        if (runner != null) {
            runner.interrupt();
        }
    }
}
