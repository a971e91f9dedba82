package io.springline.session.limit;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Counts the connections and HTTP sessions that this node has at an endpoint, up to a limit that
 * can change. Thread-safe.
 */
public final class EndpointConnections {

    private final AtomicInteger open = new AtomicInteger();
    private volatile int limit = Integer.MAX_VALUE;

    /**
     * Sets the limit. Those beyond a lower one stay open.
     *
     * @param max null for no limit
     */
    public void limit(@Nullable Integer max) {
        limit = max == null ? Integer.MAX_VALUE : max;
    }

    /** Counts one more. Returns false, with nothing changed, if the limit is reached. */
    public boolean tryOpen() {
        return tryReplace(0);
    }

    /**
     * Counts one more in the place of others, which count no longer. Returns false, with nothing
     * changed, if the limit is reached nevertheless.
     */
    public boolean tryReplace(int others) {
        int most = limit;
        int before = open.getAndUpdate(count -> count - others < most ? count - others + 1 : count);
        return before - others < most;
    }

    /** Returns true if {@link #tryReplace} would succeed. */
    public boolean hasRoomInPlaceOf(int others) {
        return open.get() - others < limit;
    }

    /** Counts one less. Call it once for each successful {@link #tryOpen}. */
    public void close() {
        open.decrementAndGet();
    }

    public int count() {
        return open.get();
    }
}
