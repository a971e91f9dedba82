package io.springline.dispatch;

import io.springline.feature.Features;
import io.springline.session.McpSession;
import java.util.Map;
import java.util.Objects;

/**
 * The features of each endpoint.
 *
 * @param byName {@link McpSession#MAIN_ENDPOINT} among the names
 */
record Endpoints(Map<String, Features> byName) {

    Endpoints {
        byName = Map.copyOf(byName);
    }

    Features features(String endpoint) {
        return Objects.requireNonNull(byName.get(endpoint), endpoint);
    }
}
