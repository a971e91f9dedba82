package io.springline.feature.endpoint;

import io.springline.session.Caller;
import java.util.Set;

/** A session that may be subscribed to resources. Safe for use by many threads. */
public interface ResourceSubscriber {

    String sessionId();

    Caller caller();

    /** The URIs that it is subscribed to now, in whatever way. */
    Set<String> uris();
}
