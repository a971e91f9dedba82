package io.springline.cluster;

import io.lettuce.core.Range;
import io.lettuce.core.Range.Boundary;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.SetArgs;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.lettuce.LettuceConnection;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * The one connection to Redis that all commands share, pipelined, and one more that listens. Both
 * come back by themselves once they have been there. Nothing but {@link #connect} blocks; the
 * futures fail when Redis is away. Safe for use by many threads.
 */
final class Redis implements AutoCloseable {

    private final LettuceConnectionFactory factory;
    private volatile @Nullable RedisClusterAsyncCommands<byte[], byte[]> commands;
    private @Nullable RedisConnection listening;

    Redis(LettuceConnectionFactory factory) {
        this.factory = factory;
    }

    boolean isConnected() {
        return commands != null;
    }

    /**
     * Opens both connections; to be repeated by one thread until it has succeeded.
     *
     * @param heard is given each message with its channel, by a thread that must not be blocked
     * @throws RuntimeException when Redis is away, or refuses
     */
    void connect(List<byte[]> channels, BiConsumer<byte[], byte[]> heard) {
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

    <T> CompletionStage<T> run(Script script, byte[][] keys, List<byte[]> arguments) {
        byte[][] values = arguments.toArray(byte[][]::new);
        try {
            return commands()
                    .<T>evalsha(script.digest(), script.output(), keys, values)
                    .exceptionallyCompose(failure ->
                            failure instanceof RedisNoScriptException
                                    ? commands()
                                            .eval(script.source(), script.output(), keys, values)
                                    : CompletableFuture.failedFuture(failure));
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Nobody is told whether it was heard. */
    void publish(byte[] channel, byte[] message) {
        if (isConnected()) {
            commands().publish(channel, message);
        }
    }

    /** A key that is gone by itself unless it is set again. */
    CompletionStage<String> keep(byte[] key, long millis) {
        return commands().set(key, Bytes.NONE, SetArgs.Builder.px(millis));
    }

    /** Adds a member to those that are there until so long after now. */
    CompletionStage<Long> enlist(byte[] key, String member, long nowMillis, long millis) {
        commands().zremrangebyscore(key, Range.create(0, nowMillis));
        return commands().zadd(key, (double) (nowMillis + millis), Bytes.of(member));
    }

    CompletionStage<Long> enlisted(byte[] key, long nowMillis) {
        return commands()
                .zcount(key, Range.from(Boundary.excluding(nowMillis), Boundary.unbounded()));
    }

    CompletionStage<Long> delist(byte[] key, String member) {
        return commands().zrem(key, Bytes.of(member));
    }

    CompletionStage<Long> exists(byte[] key) {
        return commands().exists(key);
    }

    CompletionStage<Long> delete(byte[] key) {
        return commands().del(key);
    }

    /** The entries of a stream behind one of them. */
    CompletionStage<List<StreamMessage<byte[], byte[]>>> after(byte[] stream, String entry) {
        return commands()
                .xrange(stream, Range.from(Boundary.excluding(entry), Boundary.unbounded()));
    }

    @Override
    public void close() {
        if (listening != null) {
            listening.close();
        }
    }
}
