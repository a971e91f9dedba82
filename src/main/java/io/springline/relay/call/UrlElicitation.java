package io.springline.relay.call;

import io.springline.feature.InputRefusedException;
import io.springline.feature.RequestContext;
import io.springline.feature.result.InputRequest;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The error {@code -32042} of revision 2025-11-25: the user must open URLs before the upstream
 * serves the call. Modern revisions do not have it: their clients get an {@code input_required}
 * result, and repeat the call when the user has agreed to open the URLs.
 */
final class UrlElicitation {

    static final int REQUIRED = -32042;

    /** The maximum number of URLs that are passed on. */
    private static final int MAX_URLS = 16;

    /** Begins the keys of the questions, which differ from those of the upstream. */
    private static final String KEY = "springline/url-";

    /** The methods whose result may ask for input. */
    private static final Set<String> METHODS =
            Set.of("tools/call", "prompts/get", "resources/read");

    private UrlElicitation() {}

    /**
     * Returns the {@code input_required} result in place of an upstream's error; null if the client
     * gets the error.
     */
    static @Nullable ObjectNode question(
            JsonRpcError error, String method, RequestContext context) {
        JsonNode data = error.data();
        if (data == null
                || !isRequired(error, context)
                || !METHODS.contains(method)
                || !context.capabilities().elicitationUrl()) {
            return null;
        }
        ObjectNode requests = JsonNodeFactory.instance.objectNode();
        for (JsonNode each : data.path("elicitations")) {
            if (each.path("url").isString() && requests.size() < MAX_URLS) {
                requests.putObject(KEY + (requests.size() + 1))
                        .put("method", InputRequest.Kind.ELICITATION.method())
                        .putObject("params")
                        .put("mode", "url")
                        .put("message", each.path("message").asString(error.message()))
                        .put("url", each.path("url").stringValue());
            }
        }
        if (requests.isEmpty()) {
            return null;
        }
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        result.put("resultType", "input_required").set("inputRequests", requests);
        return result;
    }

    /** Returns the error with a code that the client's revision has. */
    static JsonRpcError translated(JsonRpcError error, RequestContext context) {
        return isRequired(error, context)
                ? new JsonRpcError(ErrorCode.INTERNAL_ERROR.code(), error.message(), error.data())
                : error;
    }

    private static boolean isRequired(JsonRpcError error, RequestContext context) {
        return error.code() == REQUIRED && context.version().isModern();
    }

    /**
     * Removes the answers to the questions, which are not the upstream's own.
     *
     * @throws InputRefusedException if the user has not agreed to open a URL
     */
    static void remove(Map<String, ObjectNode> answers) {
        boolean refused =
                answers.entrySet().stream()
                        .filter(each -> each.getKey().startsWith(KEY))
                        .anyMatch(each ->
                                !each.getValue().path("action").asString("").equals("accept"));
        if (refused) {
            throw new InputRefusedException(
                    "The upstream was not called again: you did not open the URL that it needs");
        }
        answers.keySet().removeIf(key -> key.startsWith(KEY));
    }
}
