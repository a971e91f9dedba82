package io.springline.toolcall.limit;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Counts calls, for one node or for all nodes of a cluster. Thread-safe. */
public interface CallLimitStore {

    /** The calls per period under one key. */
    record Counter(String key, CallRate rate) {}

    /** The running calls under one key. */
    record Slots(String key, int max) {}

    /**
     * Counts a call at all counters, or at none of them.
     *
     * @return zero if the call was counted; else the time after which it can be
     */
    Duration take(List<Counter> counters) throws InterruptedException;

    /**
     * Takes one slot of each key, or none at all.
     *
     * @return releases the slots, to be run once; null if a key has no free slot
     */
    @Nullable Runnable hold(List<Slots> slots) throws InterruptedException;
}
