package io.springline.session;

import org.jspecify.annotations.Nullable;

/** Counts malformed messages; a peer that keeps sending them is cut off. */
public final class SlidingWindowCounter {

    /** This many within {@link #WINDOW_NANOS} are too many. */
    public static final int LIMIT = 20;

    static final long WINDOW_NANOS = 60_000_000_000L;

    /** Made with the first: most peers need none. */
    private long @Nullable [] times;

    private int count;

    /** Records one; true when it was one too many. */
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
