package io.springline.cluster;

import io.springline.cluster.redis.Bytes;
import io.springline.cluster.redis.Format;
import io.springline.cluster.redis.Keys;
import io.springline.cluster.redis.Redis;
import io.springline.cluster.redis.Script;
import io.springline.relay.consent.ConsentStore;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Keeps what belongs to the consents of users in Redis, encrypted, for all nodes. */
final class RedisConsentStore implements ConsentStore {

    private final Redis redis;
    private final Keys keys;
    private final Duration patience;

    RedisConsentStore(Redis redis, Keys keys, Duration patience) {
        this.redis = redis;
        this.keys = keys;
        this.patience = patience;
    }

    @Override
    public boolean put(String group, String key, String value, Duration lifetime, int max) {
        return run("put", group, key, value, lifetime, max).isPresent();
    }

    @Override
    public boolean putIfAbsent(String group, String key, String value, Duration lifetime, int max) {
        return run("add", group, key, value, lifetime, max).isPresent();
    }

    @Override
    public boolean replace(
            String group, String key, String expected, String value, Duration lifetime) {
        return run("replace", group, key, value, lifetime, 0, expected).isPresent();
    }

    @Override
    public boolean remove(String group, String key, String expected) {
        return run("remove", group, key, "", Duration.ZERO, 0, expected).isPresent();
    }

    @Override
    public Optional<String> get(String group, String key) {
        return run("get", group, key, "", Duration.ZERO, 0);
    }

    @Override
    public Optional<String> take(String group, String key) {
        return run("take", group, key, "", Duration.ZERO, 0);
    }

    private Optional<String> run(
            String what, String group, String key, String value, Duration lifetime, int max) {
        return run(what, group, key, value, lifetime, max, "");
    }

    private Optional<String> run(
            String what,
            String group,
            String key,
            String value,
            Duration lifetime,
            int max,
            String expected) {
        try {
            byte[] answer =
                    redis.<byte[]>run(
                                    Script.CONSENT,
                                    keys.consent(group, key),
                                    List.of(
                                            Bytes.of(what),
                                            Bytes.of(key),
                                            Format.CONSENT.mark(Bytes.of(value)),
                                            Bytes.of(lifetime.toMillis()),
                                            Bytes.of(max),
                                            Format.CONSENT.mark(Bytes.of(expected)),
                                            Bytes.of(Format.CONSENT.number())))
                            .toCompletableFuture()
                            .get(patience.toMillis(), TimeUnit.MILLISECONDS);
            if (answer == null || Bytes.text(answer).equals("ok")) {
                return Optional.ofNullable(answer).map(Bytes::text);
            }
            byte[] stored = Format.CONSENT.read(answer);
            if (stored == null) {
                throw new UnavailableException();
            }
            return Optional.of(Bytes.text(stored));
        } catch (ExecutionException | TimeoutException e) {
            throw new UnavailableException();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnavailableException();
        }
    }
}
