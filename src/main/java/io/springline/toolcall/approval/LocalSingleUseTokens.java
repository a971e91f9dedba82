package io.springline.toolcall.approval;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The tokens of one node. Those of the client that was not seen for longest are forgotten first.
 */
final class LocalSingleUseTokens implements SingleUseTokens {

    static final int MAX_CLIENTS = 1000;

    private final LongSupplier nanoTime;

    /** By client, then by token: the time at which the token expires. */
    private final Map<String, Map<String, Long>> clients = new Bounded<>(MAX_CLIENTS, true);

    LocalSingleUseTokens(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    @Override
    public synchronized void issue(String client, String token, Duration lifetime) {
        clients.computeIfAbsent(client, _ -> new Bounded<>(MAX_PER_CLIENT, false))
                .put(token, nanoTime.getAsLong() + lifetime.toNanos());
    }

    @Override
    public synchronized boolean take(String client, String token) {
        Map<String, Long> tokens = clients.get(client);
        Long expires = tokens == null ? null : tokens.remove(token);
        return expires != null && expires - nanoTime.getAsLong() > 0;
    }

    private static final class Bounded<V> extends LinkedHashMap<String, V> {

        private static final long serialVersionUID = 1L;

        private final int max;

        Bounded(int max, boolean byAccess) {
            super(16, 0.75f, byAccess);
            this.max = max;
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
            return size() > max;
        }
    }
}
