package io.springline.dispatch;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import tools.jackson.databind.node.JsonNodeFactory;

/** What requests meet that a stopping server does not run, or does not finish. */
final class Draining {

    static final JsonRpcError NOT_RUN =
            error("Not run: the server is stopping, send it again elsewhere", "not-run");

    static final JsonRpcError OUTCOME_UNKNOWN =
            error("Outcome unknown: the server is stopping", "unknown");

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
