package io.springline.relay.consent;

import io.springline.relay.auth.BoundedMap;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The consents that were read a moment ago, so that one call reads its consent from the store once.
 * Thread-safe.
 */
final class RecentGrants {

    /** The time from the begin of a call, which reads the consent, to its request. */
    private static final Duration SAME_CALL = Duration.ofSeconds(1);

    private record Read(ConsentGrant grant, long nanos) {}

    private final BoundedMap<Read> reads;

    /**
     * @param max the maximum number of callers
     */
    RecentGrants(int max) {
        this.reads = new BoundedMap<>(max);
    }

    void put(String key, ConsentGrant read) {
        reads.put(key, new Read(read, System.nanoTime()));
    }

    void remove(String key) {
        reads.remove(key);
    }

    /** Returns the consent, or null if it was not read a moment ago. */
    @Nullable ConsentGrant get(String key) {
        Read read = reads.get(key);
        return read != null && System.nanoTime() - read.nanos() < SAME_CALL.toNanos()
                ? read.grant()
                : null;
    }
}
