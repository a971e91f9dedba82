package io.springline.dispatch.call;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * The errors for requests that a stopping server does not run, or does not finish. Their {@code
 * data} holds the reason {@code draining} and the outcome {@code not-run} or {@code unknown}.
 */
public final class Draining {

    public static final JsonRpcError NOT_RUN =
            error(
                    "Not run: the server is stopping. Reconnect and send the request again",
                    "not-run");

    public static final JsonRpcError OUTCOME_UNKNOWN =
            error("Outcome unknown: the server stopped before the request had ended", "unknown");

    private Draining() {}

    private static JsonRpcError error(String message, String outcome) {
        var data =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("reason", "draining")
                        .put("outcome", outcome);
        return new JsonRpcError(ErrorCode.INTERNAL_ERROR.code(), message, data);
    }
}
