package io.springline.session;

import java.util.function.Consumer;

/**
 * Carries changes to every node that may have clients interested in them, this one included: one
 * path, not two. Delivery is at most once and in order of publication per publisher.
 */
public interface Backplane {

    /** Does not block on receivers. */
    void publish(Topic topic);

    /** Subscribers are called on the publisher's thread and must not block. Never unsubscribed. */
    void subscribe(Consumer<Topic> subscriber);
}
