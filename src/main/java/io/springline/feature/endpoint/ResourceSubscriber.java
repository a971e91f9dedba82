package io.springline.feature.endpoint;

import io.springline.session.Caller;
import java.util.Set;

/** A session and the resources that it is subscribed to. Thread-safe. */
public interface ResourceSubscriber {

    String sessionId();

    Caller caller();

    /** Returns the URIs of all current subscriptions, legacy and modern. */
    Set<String> uris();
}
