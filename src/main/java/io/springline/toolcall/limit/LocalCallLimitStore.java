package io.springline.toolcall.limit;

import io.springline.session.limit.LruMap;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Counts the calls of this node. Of the counters, the one that was not used for longest is
 * forgotten first. The number of keys with running calls is limited by the number of calls.
 */
public final class LocalCallLimitStore implements CallLimitStore {

    static final int MAX_COUNTERS = 10_000;

    private final LongSupplier nanoTime;
    private final long start;

    /**
     * By key: the time, in nanoseconds since the start, at which all its calls are earned again.
     */
    private final Map<String, Long> earnedAt = new LruMap<>(MAX_COUNTERS);

    /** By key: the number of running calls. */
    private final Map<String, Integer> running = new HashMap<>();

    public LocalCallLimitStore(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.start = nanoTime.getAsLong();
    }

    @Override
    public synchronized Duration take(List<Counter> counters) {
        long now = nanoTime.getAsLong() - start;
        long wait = 0;
        for (Counter each : counters) {
            wait = Math.max(wait, earnedAt(each, now) - now - each.rate().period().toNanos());
        }
        if (wait <= 0) {
            counters.forEach(each -> earnedAt.put(each.key(), earnedAt(each, now)));
        }
        return Duration.ofNanos(Math.max(0, wait));
    }

    /** Returns the time at which all calls are earned again if this one is counted. */
    private long earnedAt(Counter counter, long now) {
        long before = Math.max(now, earnedAt.getOrDefault(counter.key(), now));
        return before + counter.rate().period().toNanos() / counter.rate().count();
    }

    @Override
    public synchronized @Nullable Runnable hold(List<Slots> slots) {
        for (Slots each : slots) {
            if (running.getOrDefault(each.key(), 0) >= each.max()) {
                return null;
            }
        }
        slots.forEach(each -> running.merge(each.key(), 1, Integer::sum));
        return () -> release(slots);
    }

    private synchronized void release(List<Slots> slots) {
        slots.forEach(each ->
                running.computeIfPresent(each.key(), (_, count) -> count == 1 ? null : count - 1));
    }
}
