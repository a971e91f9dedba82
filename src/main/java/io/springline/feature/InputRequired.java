package io.springline.feature;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The handler needs answers and will be called again from its start with them: the re-entrant way
 * to ask, which survives a restart of the server in the modern era. The blocking way is {@link
 * RequestContext#ask}.
 *
 * @param requests by a key under which the answer comes back; may be empty if there is state
 * @param state comes back through {@link RequestContext#state()}; the client can neither read nor
 *     change it; null when the handler needs none
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
