package io.springline.cluster.redis;

import io.lettuce.core.Range;
import io.lettuce.core.Range.Boundary;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.SetArgs;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.lettuce.LettuceConnection;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * Connects to Redis by Lettuce: one pipelined connection that all commands share, and one that
 * receives published messages. Both reconnect by themselves once they were open.
 */
public final class LettuceRedis implements Redis, AutoCloseable {

    private final LettuceConnectionFactory factory;
    private volatile @Nullable RedisClusterAsyncCommands<byte[], byte[]> commands;
    private @Nullable RedisConnection listening;

    public LettuceRedis(LettuceConnectionFactory factory) {
        this.factory = factory;
    }

    @Override
    public boolean isConnected() {
        return commands != null;
    }

    @Override
    public void connect(List<byte[]> channels, BiConsumer<byte[], byte[]> heard) {
        if (listening == null) {
            RedisConnection connection = factory.getConnection();
            connection.subscribe(
                    (message, _) -> heard.accept(message.getChannel(), message.getBody()),
                    channels.toArray(byte[][]::new));
            listening = connection;
        }
        commands = ((LettuceConnection) factory.getConnection()).getNativeConnection();
    }

    private RedisClusterAsyncCommands<byte[], byte[]> commands() {
        var known = commands;
        if (known == null) {
            throw new IllegalStateException("Redis has not been reached yet");
        }
        return known;
    }

    @Override
    public <T> CompletionStage<T> run(Script script, byte[][] keys, List<byte[]> arguments) {
        byte[][] values = arguments.toArray(byte[][]::new);
        return attempt(() ->
                commands()
                        .<T>evalsha(script.digest(), script.output(), keys, values)
                        .exceptionallyCompose(failure ->
                                failure instanceof RedisNoScriptException
                                        ? commands()
                                                .eval(
                                                        script.source(),
                                                        script.output(),
                                                        keys,
                                                        values)
                                        : CompletableFuture.failedFuture(failure)));
    }

    private static <T> CompletionStage<T> attempt(Supplier<CompletionStage<T>> command) {
        try {
            return command.get();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public CompletionStage<Long> publish(byte[] channel, byte[] message) {
        CompletionStage<Long> receivers = attempt(() -> commands().publish(channel, message));
        // a node of a Redis Cluster counts only the receivers that are connected to it
        return factory.isClusterAware() ? receivers.thenApply(_ -> Long.MAX_VALUE) : receivers;
    }

    @Override
    public CompletionStage<Boolean> keep(byte[] key, long millis) {
        return attempt(() ->
                commands()
                        .setGet(key, Bytes.NONE, SetArgs.Builder.px(millis))
                        .thenApply(before -> before != null));
    }

    @Override
    public CompletionStage<Long> enlist(byte[] key, String member, long nowMillis, long millis) {
        return attempt(() -> {
            commands().zremrangebyscore(key, Range.create(0, nowMillis));
            return commands().zadd(key, (double) (nowMillis + millis), Bytes.of(member));
        });
    }

    @Override
    public CompletionStage<Long> enlisted(byte[] key, long nowMillis) {
        return attempt(() ->
                commands()
                        .zcount(
                                key,
                                Range.from(Boundary.excluding(nowMillis), Boundary.unbounded())));
    }

    @Override
    public CompletionStage<Long> delist(byte[] key, String member) {
        return attempt(() -> commands().zrem(key, Bytes.of(member)));
    }

    @Override
    public CompletionStage<Long> addMember(byte[] key, String member) {
        return attempt(() -> commands().sadd(key, Bytes.of(member)));
    }

    @Override
    public CompletionStage<Set<String>> members(byte[] key) {
        return attempt(() ->
                commands()
                        .smembers(key)
                        .thenApply(
                                all -> all.stream().map(Bytes::text).collect(Collectors.toSet())));
    }

    @Override
    public CompletionStage<Long> exists(byte[] key) {
        return attempt(() -> commands().exists(key));
    }

    @Override
    public CompletionStage<Long> delete(byte[] key) {
        return attempt(() -> commands().del(key));
    }

    @Override
    public CompletionStage<List<StreamMessage<byte[], byte[]>>> entries(byte[] stream) {
        return attempt(() -> commands().xrange(stream, Range.unbounded()));
    }

    @Override
    public void close() {
        if (listening != null) {
            listening.close();
        }
    }
}
