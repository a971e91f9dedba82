package io.springline.feature.endpoint;

import io.springline.session.Caller;

/** A session and the resources that it is subscribed to. Thread-safe. */
public interface ResourceSubscriber {

    String sessionId();

    Caller caller();

    /** Returns true if it has a subscription of the URI now, legacy or modern. */
    boolean isSubscribed(String uri);
}
