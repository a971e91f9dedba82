package io.springline.transport.http;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.transport.handshake.RequestAdmission;
import io.springline.transport.handshake.RequestAdmission.Refused;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Turns the error of a call that lacks scopes into an HTTP status and a challenge, from which OAuth
 * clients get a token with more.
 */
final class ScopeChallenge {

    private final RequestAdmission admission;

    ScopeChallenge(RequestAdmission admission) {
        this.admission = admission;
    }

    /**
     * Sets the header of the challenge, and returns the status that goes with it.
     *
     * @param error of the call, or null if it has a result
     * @param otherwise the status if there is no challenge
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
