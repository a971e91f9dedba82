package io.springline.cluster;

import io.springline.cluster.redis.Bytes;
import io.springline.cluster.redis.Keys;
import io.springline.cluster.redis.Redis;
import io.springline.cluster.redis.Script;
import io.springline.toolcall.approval.SingleUseTokens;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Tokens in Redis, which each node can take. */
final class RedisSingleUseTokens implements SingleUseTokens {

    private final Redis redis;
    private final Keys keys;
    private final Duration patience;

    RedisSingleUseTokens(Redis redis, Keys keys, Duration patience) {
        this.redis = redis;
        this.keys = keys;
        this.patience = patience;
    }

    @Override
    public void issue(String client, String token, Duration lifetime) throws InterruptedException {
        run(client, "issue", token, lifetime.toMillis());
    }

    @Override
    public boolean take(String client, String token) throws InterruptedException {
        return run(client, "take", token, 0) == 1;
    }

    private long run(String client, String what, String token, long millis)
            throws InterruptedException {
        try {
            return redis.<Long>run(
                            Script.TOKEN,
                            new byte[][] {keys.tokens(client), keys.tokenOrder(client)},
                            List.of(
                                    Bytes.of(what),
                                    Bytes.of(token),
                                    Bytes.of(millis),
                                    Bytes.of(MAX_PER_CLIENT)))
                    .toCompletableFuture()
                    .get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new UnavailableException(e);
        }
    }
}
