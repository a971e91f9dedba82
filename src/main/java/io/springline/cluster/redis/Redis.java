package io.springline.cluster.redis;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.StreamMessage;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.function.BiConsumer;

/**
 * The commands that this package sends to Redis. Only {@link #connect} blocks. A command that
 * cannot be sent or is not answered completes exceptionally, and does not throw. Thread-safe.
 */
public interface Redis {

    /** Returns true once {@link #connect} has succeeded. */
    boolean isConnected();

    /**
     * Opens the connections. One thread repeats the call until it succeeds.
     *
     * @param heard receives the channel and the body of each message, on a thread that must not be
     *     blocked
     * @throws RuntimeException if Redis cannot be reached or refuses the connection
     */
    void connect(List<byte[]> channels, BiConsumer<byte[], byte[]> heard);

    <T> CompletionStage<T> run(Script script, byte[][] keys, List<byte[]> arguments);

    /**
     * Publishes a message, at most once.
     *
     * @return the number of receivers; more than there are if it is not known
     */
    CompletionStage<Long> publish(byte[] channel, byte[] message);

    /**
     * Sets a key that expires after this time unless it is set again.
     *
     * @return true if the key was set before
     */
    CompletionStage<Boolean> keep(byte[] key, long millis);

    /**
     * Adds a member to a set, and removes the members whose time has passed.
     *
     * @param millis the time after which the member expires
     */
    CompletionStage<Long> enlist(byte[] key, String member, long nowMillis, long millis);

    CompletionStage<Long> enlisted(byte[] key, long nowMillis);

    CompletionStage<Long> delist(byte[] key, String member);

    /** Adds a member to a set without an expiry. */
    CompletionStage<Long> addMember(byte[] key, String member);

    /** Returns the members of a set without an expiry. */
    CompletionStage<Set<String>> members(byte[] key);

    CompletionStage<Long> exists(byte[] key);

    CompletionStage<Long> delete(byte[] key);

    /** Returns all entries of a stream, oldest first. */
    CompletionStage<List<StreamMessage<byte[], byte[]>>> entries(byte[] stream);

    /**
     * Returns true if a command failed because Redis was not reached. Returns false if Redis has
     * answered with an error, which concerns that command only.
     */
    static boolean isOutage(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return !(cause instanceof RedisCommandExecutionException);
    }
}
