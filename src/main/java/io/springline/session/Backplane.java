package io.springline.session;

import io.springline.mcp.Topic;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

/**
 * Carries changes to every node that may have clients interested in them, this one included: one
 * path, not two. Delivery is at most once and in order of publication per publisher.
 */
public interface Backplane {

    /**
     * Does not block on receivers.
     *
     * @param endpoint whose clients are concerned, see {@link McpSession#endpoint}
     */
    void publish(String endpoint, Topic topic);

    /**
     * Subscribers are called on the publisher's thread, or one that reads what other nodes say, and
     * must not block. Never unsubscribed.
     */
    void subscribe(BiConsumer<String, Topic> subscriber);

    /**
     * Has questions of this name answered on this node. Not for secrets.
     *
     * @param answer may block for a moment
     */
    void answer(String question, UnaryOperator<String> answer);

    /**
     * Asks each node, this one included, and waits for the answers for a second at most: of a node
     * that is slower, or cannot be reached, there is none.
     */
    List<String> ask(String question, String body) throws InterruptedException;
}
