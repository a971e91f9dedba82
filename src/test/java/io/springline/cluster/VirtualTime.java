package io.springline.cluster;

import io.springline.cluster.node.ClusterRuntime;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs events one at a time, in the order of a virtual clock; what is due at the same time runs in
 * an order that the seed decides. Code that blocks runs on {@linkplain #fiber fibers}: threads of
 * which at most one is not parked, so that a seed always gives the same run.
 */
final class VirtualTime {

    /** Unwinds a fiber whose node has crashed. */
    static final class Crashed extends Error {
        private static final long serialVersionUID = 1L;

        Crashed() {
            super("crashed", null, false, false);
        }
    }

    private record Event(long nanos, int order, long number, Runnable action)
            implements Comparable<Event> {

        @Override
        public int compareTo(Event other) {
            if (nanos != other.nanos) {
                return Long.compare(nanos, other.nanos);
            }
            return order != other.order
                    ? Integer.compare(order, other.order)
                    : Long.compare(number, other.number);
        }
    }

    /** What a node runs: all of it stops when the node crashes. */
    static final class Scope {
        private final Set<Fiber> fibers = new LinkedHashSet<>();
        private boolean crashed;

        boolean isCrashed() {
            return crashed;
        }
    }

    private final class Fiber {
        private final Thread thread;
        private final Scope scope;
        private volatile boolean running;
        private volatile @Nullable Throwable failure;
        private boolean done;

        Fiber(Scope scope, Runnable body) {
            this.scope = scope;
            this.thread =
                    Thread.ofVirtual()
                            .unstarted(() -> {
                                try {
                                    body.run();
                                } catch (Crashed e) {
                                    // as planned
                                } catch (Throwable e) {
                                    failure = e;
                                } finally {
                                    done = true;
                                    scope.fibers.remove(this);
                                    running = false;
                                    LockSupport.unpark(scheduler);
                                }
                            });
        }

        /** On the scheduler: runs the fiber until it parks or ends. */
        void advance() {
            if (done) {
                return;
            }
            Fiber outer = current;
            current = this;
            running = true;
            if (thread.getState() == Thread.State.NEW) {
                thread.start();
            } else {
                LockSupport.unpark(thread);
            }
            while (running) {
                LockSupport.park(this);
            }
            current = outer;
            if (failure != null) {
                throw new IllegalStateException("a fiber has failed", failure);
            }
        }

        /** On the fiber: lets others run until {@link #advance}. */
        void pause() {
            running = false;
            LockSupport.unpark(scheduler);
            while (!running) {
                LockSupport.park(this);
            }
            if (scope.crashed) {
                throw new Crashed();
            }
        }
    }

    /** Many times of what a run needs. */
    private static final long MAX_EVENTS = 1_000_000;

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final Random random;
    private final Thread scheduler = Thread.currentThread();
    private long now;
    private long number;
    private long run;
    private @Nullable Fiber current;

    VirtualTime(long seed) {
        random = new Random(seed);
    }

    Random random() {
        return random;
    }

    long nanos() {
        return now;
    }

    long millis() {
        return now / 1_000_000;
    }

    boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    /** A random time up to this one, mostly a short one. */
    long upTo(long millis) {
        double share = random.nextDouble();
        return (long) (share * share * TimeUnit.MILLISECONDS.toNanos(millis));
    }

    void schedule(long delayNanos, Runnable action) {
        events.add(new Event(now + delayNanos, random.nextInt(), number++, action));
    }

    void schedule(Scope scope, long delayNanos, Runnable action) {
        schedule(
                delayNanos,
                () -> {
                    if (!scope.crashed) {
                        action.run();
                    }
                });
    }

    void fiber(Scope scope, Runnable body) {
        var fiber = new Fiber(scope, body);
        scope.fibers.add(fiber);
        schedule(scope, 0, fiber::advance);
    }

    void crash(Scope scope) {
        scope.crashed = true;
        for (Fiber fiber : Set.copyOf(scope.fibers)) {
            if (fiber.thread.getState() != Thread.State.NEW) {
                fiber.advance();
            }
        }
    }

    /** Lets other events run, if the caller is on a fiber; a place where a thread may be slow. */
    void pass(long upToMillis) {
        Fiber fiber = fiberOfCaller();
        if (fiber != null) {
            schedule(upTo(upToMillis), fiber::advance);
            fiber.pause();
        }
    }

    private @Nullable Fiber fiberOfCaller() {
        Fiber fiber = current;
        return fiber != null && fiber.thread == Thread.currentThread() ? fiber : null;
    }

    /** Runs events until the time is over, or none is left. */
    void runFor(Duration duration) {
        long end = now + duration.toNanos();
        while (!events.isEmpty() && events.peek().nanos() <= end) {
            Event next = events.remove();
            if (++run > MAX_EVENTS) {
                throw new IllegalStateException("does not come to rest");
            }
            now = next.nanos();
            next.action().run();
        }
        now = end;
    }

    /** As {@link #runFor}, but not longer than until the condition holds; looks once a second. */
    void runUntil(BooleanSupplier condition, Duration most) {
        long end = now + most.toNanos();
        while (now < end && !condition.getAsBoolean()) {
            runFor(Duration.ofSeconds(1));
        }
    }

    /** The clock and the threads of one node. */
    ClusterRuntime runtime(Scope scope) {
        return new ClusterRuntime() {
            @Override
            public long nanoTime() {
                return now;
            }

            @Override
            public <T> T await(CompletionStage<T> stage, Duration limit)
                    throws ExecutionException, InterruptedException, TimeoutException {
                return VirtualTime.this.await(stage, limit);
            }

            @Override
            public void execute(Runnable task) {
                schedule(scope, upTo(1), task);
            }
        };
    }

    private <T> T await(CompletionStage<T> stage, Duration limit)
            throws ExecutionException, InterruptedException, TimeoutException {
        var future = stage.toCompletableFuture();
        Fiber fiber = fiberOfCaller();
        if (fiber == null) {
            if (!future.isDone()) {
                throw new IllegalStateException("blocks a thread that must not be blocked");
            }
            return future.get();
        }
        long deadline = now + limit.toNanos();
        boolean[] due = {false};
        Runnable wake =
                () -> {
                    if (!due[0]) {
                        due[0] = true;
                        fiber.advance();
                    }
                };
        schedule(limit.toNanos(), wake);
        future.whenComplete((_, _) -> schedule(upTo(1), wake));
        fiber.pause();
        if (!future.isDone()) {
            if (now < deadline) {
                throw new IllegalStateException("woken too early");
            }
            throw new TimeoutException();
        }
        return future.get();
    }
}
