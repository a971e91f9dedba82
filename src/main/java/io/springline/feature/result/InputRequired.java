package io.springline.feature.result;

import io.springline.feature.RequestContext;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The outcome of a handler that needs input. The handler is called again from its start, with the
 * answers. With a modern client this survives a restart of the server. A handler that should block
 * for the answer uses {@link RequestContext#ask} instead.
 *
 * @param requests by keys, under which the answers arrive in {@link RequestContext#answers()}. May
 *     be empty if there is a state
 * @param state returned by {@link RequestContext#state()} in the next call. The client can neither
 *     read nor change it. Null if the handler needs none
 */
public record InputRequired(Map<String, InputRequest> requests, @Nullable JsonNode state)
        implements ToolOutcome, PromptOutcome, ResourceOutcome {

    public InputRequired {
        if (requests.isEmpty() && state == null) {
            throw new IllegalArgumentException("either requests or a state must be given");
        }
        requests = Collections.unmodifiableMap(new LinkedHashMap<>(requests));
    }

    public static InputRequired of(String key, InputRequest request) {
        return new InputRequired(Map.of(key, request), null);
    }
}
