package io.springline.transport.handshake;

import io.springline.session.limit.Rate;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Holds the handshakes of each address against a rate, with bursts of twice that. Those refused do
 * not count, so an address is welcome again as soon as it slows down. Knows as many addresses as
 * came last, up to a limit.
 */
public final class ConnectionRates {

    /** Who has not come for so many others' handshakes starts afresh. */
    static final int MAX_ADDRESSES = 10_000;

    private static final long SECOND = 1_000_000_000L;
    private static final long BURST_NANOS = 2 * SECOND;

    private final long nanosPerConnection;

    /** Until when each address has used up its share. */
    private final Map<String, Long> usedUntil =
            new LinkedHashMap<>(16, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
                    return size() > MAX_ADDRESSES;
                }
            };

    public ConnectionRates(Rate rate) {
        this.nanosPerConnection = SECOND / rate.perSecond();
    }

    /** Whether one more handshake of this address is within the rate. */
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
