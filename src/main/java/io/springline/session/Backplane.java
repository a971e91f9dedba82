package io.springline.session;

import java.util.function.BiConsumer;

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

    /** Subscribers are called on the publisher's thread and must not block. Never unsubscribed. */
    void subscribe(BiConsumer<String, Topic> subscriber);
}
