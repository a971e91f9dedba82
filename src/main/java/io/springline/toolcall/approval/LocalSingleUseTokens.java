package io.springline.toolcall.approval;

import io.springline.session.limit.LruMap;
import java.time.Duration;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The tokens of one node. Those of the client that was not seen for longest are forgotten first.
 */
final class LocalSingleUseTokens implements SingleUseTokens {

    static final int MAX_CLIENTS = 1000;

    private final LongSupplier nanoTime;

    /** By client, then by token: the time at which the token expires. */
    private final Map<String, Map<String, Long>> clients = new LruMap<>(MAX_CLIENTS);

    LocalSingleUseTokens(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    @Override
    public synchronized void issue(String client, String token, Duration lifetime) {
        clients.computeIfAbsent(client, _ -> new LruMap<>(MAX_PER_CLIENT))
                .put(token, nanoTime.getAsLong() + lifetime.toNanos());
    }

    @Override
    public synchronized boolean take(String client, String token) {
        Map<String, Long> tokens = clients.get(client);
        Long expires = tokens == null ? null : tokens.remove(token);
        return expires != null && expires - nanoTime.getAsLong() > 0;
    }
}
