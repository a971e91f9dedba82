package io.springline.concurrent;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Runs strands of code as if on many threads, one at a time, and switches between them where a seed
 * says so: before a {@link StateLock} is taken, after it was released, and at each {@link #point}.
 * The same seed gives the same order. Finds deadlocks, which are those of no strand that may go on.
 */
public final class Interleaving implements AutoCloseable {

    /** One switch in so many points. */
    private static final int SWITCHES = 3;

    private static final int MAX_POINTS = 200_000;

    private static final class Strand {
        final String name;
        final Thread thread;
        boolean started;
        @Nullable StateLock wanted;

        Strand(String name, Runnable body) {
            this.name = name;
            this.thread = Thread.ofVirtual().name(name).unstarted(body);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static final class Owner {
        @Nullable Strand strand;
        int depth;
    }

    private final Random random;
    private final List<Strand> strands = new ArrayList<>();
    private final Map<StateLock, Owner> owners = new HashMap<>();
    private final List<Throwable> failures = new ArrayList<>();
    private final ThreadLocal<Strand> me = new ThreadLocal<>();
    private int points;

    /** The strand that runs; null for the test's thread. */
    private volatile @Nullable Strand running;

    private volatile @Nullable Thread controller;

    public Interleaving(Random random) {
        this.random = random;
        StateLock.observe(
                new StateLock.Observer() {
                    @Override
                    public void taking(StateLock lock) {
                        take(lock);
                    }

                    @Override
                    public void released(StateLock lock) {
                        release(lock);
                    }
                });
    }

    /** Adds a strand; it begins when it is its turn. */
    public void spawn(String name, Runnable body) {
        strands.add(
                new Strand(
                        name,
                        () -> {
                            Strand self = running;
                            me.set(self);
                            try {
                                body.run();
                            } catch (Throwable e) {
                                failures.add(e);
                            }
                            strands.remove(self);
                            handOn(next());
                        }));
    }

    /** Runs all strands to their end, with those that they add. */
    public void run() {
        controller = Thread.currentThread();
        points = 0;
        Strand first = next();
        if (first != null) {
            handOn(first);
            while (running != null) {
                LockSupport.park();
            }
        }
        if (!failures.isEmpty()) {
            var error = new AssertionError(failures.getFirst());
            failures.forEach(error::addSuppressed);
            throw error;
        }
        if (!strands.isEmpty()) {
            throw new AssertionError("deadlock: " + waits());
        }
    }

    private String waits() {
        var text = new StringBuilder();
        for (Strand each : strands) {
            Owner owner = each.wanted == null ? null : owners.get(each.wanted);
            text.append('\n').append(each).append(" waits for a lock of ");
            text.append(owner == null ? "nobody" : owner.strand).append(": ");
            List.of(each.thread.getStackTrace()).stream()
                    .filter(frame -> frame.getClassName().startsWith("io.springline"))
                    .limit(12)
                    .forEach(frame -> text.append("\n    ").append(frame));
        }
        return text.toString();
    }

    /** Another strand may run now. */
    public void point() {
        Strand self = me.get();
        if (self != null && random.nextInt(SWITCHES) == 0) {
            giveWay(self);
        }
    }

    private void giveWay(Strand self) {
        if (++points > MAX_POINTS) {
            throw new AssertionError("no end after " + MAX_POINTS + " points");
        }
        Strand next = next();
        if (next == self) {
            return;
        }
        handOn(next);
        while (running != self) {
            LockSupport.park();
        }
    }

    /** Null when none may go on. */
    private @Nullable Strand next() {
        List<Strand> ready = new ArrayList<>(strands.size());
        for (Strand each : strands) {
            if (each.wanted == null || isFree(each.wanted, each)) {
                ready.add(each);
            }
        }
        return ready.isEmpty() ? null : ready.get(random.nextInt(ready.size()));
    }

    private boolean isFree(StateLock lock, Strand strand) {
        Owner owner = owners.get(lock);
        return owner == null || owner.strand == strand;
    }

    private void handOn(@Nullable Strand next) {
        running = next;
        if (next == null) {
            LockSupport.unpark(controller);
        } else if (next.started) {
            LockSupport.unpark(next.thread);
        } else {
            next.started = true;
            next.thread.start();
        }
    }

    private void take(StateLock lock) {
        Strand self = me.get();
        if (self == null) {
            return;
        }
        self.wanted = lock;
        if (random.nextInt(SWITCHES) == 0 || !isFree(lock, self)) {
            giveWay(self);
        }
        self.wanted = null;
        Owner owner = owners.computeIfAbsent(lock, _ -> new Owner());
        owner.strand = self;
        owner.depth++;
    }

    private void release(StateLock lock) {
        Strand self = me.get();
        if (self == null) {
            return;
        }
        Owner owner = owners.get(lock);
        if (owner != null && --owner.depth == 0) {
            owners.remove(lock);
        }
        point();
    }

    /** Lets locks be what they are again. */
    @Override
    public void close() {
        StateLock.observe(null);
    }
}
