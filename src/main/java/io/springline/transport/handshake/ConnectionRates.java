package io.springline.transport.handshake;

import io.springline.session.limit.LruMap;
import io.springline.session.limit.Rate;
import java.util.Map;

/**
 * A rate limit per address, with a burst of twice the rate. Refused attempts do not count, so an
 * address is accepted again as soon as it slows down. Tracks the addresses that were seen last, up
 * to {@value #MAX_ADDRESSES}. Thread-safe.
 */
public final class ConnectionRates {

    /** Most addresses that are tracked. One that is dropped starts anew. */
    static final int MAX_ADDRESSES = 10_000;

    private static final long SECOND = 1_000_000_000L;
    private static final long BURST_NANOS = 2 * SECOND;

    private final long nanosPerConnection;

    /** Per address, the time until which its rate is used up. */
    private final Map<String, Long> usedUntil = new LruMap<>(MAX_ADDRESSES);

    public ConnectionRates(Rate rate) {
        this.nanosPerConnection = SECOND / rate.perSecond();
    }

    /** Takes one permit of the address. Returns false if the rate is exceeded. */
    public synchronized boolean take(String address, long nowNanos) {
        long used = usedUntil.getOrDefault(address, nowNanos);
        long next = (used - nowNanos > 0 ? used : nowNanos) + nanosPerConnection;
        if (next - nowNanos > BURST_NANOS) {
            return false;
        }
        usedUntil.put(address, next);
        return true;
    }

    synchronized int addresses() {
        return usedUntil.size();
    }
}
