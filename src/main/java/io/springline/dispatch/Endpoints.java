package io.springline.dispatch;

import io.springline.feature.endpoint.Features;
import io.springline.session.McpSession;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The features of each endpoint. An endpoint can be added at any time, and is never removed.
 * Thread-safe.
 */
final class Endpoints {

    private final Map<String, Features> byName;

    /**
     * @param byName by endpoint name, including {@link McpSession#MAIN_ENDPOINT}
     */
    Endpoints(Map<String, Features> byName) {
        this.byName = new ConcurrentHashMap<>(byName);
    }

    /** Adds an endpoint, unless there is one of this name. */
    void add(String name, Features features) {
        byName.putIfAbsent(name, features);
    }

    Set<String> names() {
        return byName.keySet();
    }

    /** Returns the features of the endpoint, or null if no endpoint has this name. */
    @Nullable Features find(String endpoint) {
        return byName.get(endpoint);
    }

    Features features(String endpoint) {
        return Objects.requireNonNull(byName.get(endpoint), endpoint);
    }
}
