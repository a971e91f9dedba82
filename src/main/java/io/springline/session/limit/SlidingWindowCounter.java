package io.springline.session.limit;

import org.jspecify.annotations.Nullable;

/**
 * A counter of events in a sliding window of one minute: malformed messages of a connection, or
 * failed resume attempts of a principal. Safe for use by many threads.
 */
public final class SlidingWindowCounter {

    /** The number of events within {@link #WINDOW_NANOS} at which the limit is reached. */
    public static final int LIMIT = 20;

    static final long WINDOW_NANOS = 60_000_000_000L;

    /** Created with the first event, since most counters never count one. */
    private long @Nullable [] times;

    private int count;

    /** Records an event, and returns true if it reaches the limit. */
    public synchronized boolean add(long nowNanos) {
        if (times == null) {
            times = new long[LIMIT];
        }
        int slot = count % LIMIT;
        times[slot] = nowNanos;
        count++;
        return count >= LIMIT && nowNanos - times[(slot + 1) % LIMIT] <= WINDOW_NANOS;
    }
}
