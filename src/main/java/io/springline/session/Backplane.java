package io.springline.session;

import io.springline.mcp.Topic;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Delivers change notifications to every node whose clients may be interested, this one included.
 * Delivery is at most once, and in the order of publication for each publisher.
 */
public interface Backplane {

    /**
     * Publishes a change. Does not wait for receivers.
     *
     * @param endpoint the endpoint whose clients are concerned, see {@link McpSession#endpoint}
     */
    void publish(String endpoint, Topic topic);

    /** Publishes a change to the subscribers of this node only. */
    void publishHere(String endpoint, Topic topic);

    /**
     * Adds a subscriber for good. It is called on the publisher's thread, or on one that reads
     * messages of other nodes, and must not block.
     */
    void subscribe(BiConsumer<String, Topic> subscriber);

    /**
     * Answers questions of this name on this node. Questions and answers must not hold secrets.
     *
     * @param answer makes the answer from the body of the question; may block for a moment
     */
    void answer(String question, UnaryOperator<String> answer);

    /**
     * Adds a name to a set that all nodes share and that outlives them. A single node keeps
     * nothing. Blocks for at most one second. Does nothing if the store is unreachable.
     */
    void remember(String set, String name) throws InterruptedException;

    /**
     * Returns the names that any node has added to the set, or null if the store is unreachable.
     * Blocks for at most one second.
     */
    @Nullable Set<String> remembered(String set) throws InterruptedException;

    /** Asks each node, this one included, and returns the answers that arrive within one second. */
    List<String> ask(String question, String body) throws InterruptedException;
}
