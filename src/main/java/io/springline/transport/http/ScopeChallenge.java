package io.springline.transport.http;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.transport.handshake.RequestAdmission;
import io.springline.transport.handshake.RequestAdmission.Refused;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Converts the error of a call for missing scopes to an HTTP status and a {@code WWW-Authenticate}
 * header, from which OAuth clients learn the scopes to request.
 */
final class ScopeChallenge {

    private final RequestAdmission admission;

    ScopeChallenge(RequestAdmission admission) {
        this.admission = admission;
    }

    /**
     * Sets the header if the call lacks scopes, and returns the HTTP status.
     *
     * @param error of the call, or null if it has a result
     * @param otherwise the status if there is nothing to challenge
     */
    int status(Post post, @Nullable JsonRpcError error, int otherwise) {
        if (error == null || error.code() != ErrorCode.INSUFFICIENT_SCOPE.code()) {
            return otherwise;
        }
        JsonNode data = error.data();
        List<String> needed =
                data == null
                        ? List.of()
                        : data.path("requiredScopes")
                                .valueStream()
                                .map(JsonNode::asString)
                                .toList();
        Refused refused =
                admission.insufficientScope(post.request(), post.client().caller(), needed);
        if (refused == null) {
            return otherwise;
        }
        refused.headers().forEach(post.response()::setHeader);
        return refused.status();
    }
}
