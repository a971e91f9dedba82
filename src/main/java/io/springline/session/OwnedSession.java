package io.springline.session;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import java.util.function.Predicate;
import tools.jackson.databind.node.JsonNodeFactory;

/** A resumable session whose owner this node is. */
record OwnedSession(McpSession session, ResumableConnection lasting) {

    private static final JsonRpcError OUTCOME_UNKNOWN =
            new JsonRpcError(
                    ErrorCode.INTERNAL_ERROR.code(),
                    "Outcome unknown: the node that ran this request is gone",
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("reason", "node-lost")
                            .put("outcome", "unknown"));

    /** What a dead node has begun may have run, or not: it is answered, and not run again. */
    void answerOrphans(Predicate<String> isAlive) {
        lasting.elsewhere()
                .forEach((request, node) -> {
                    if (!isAlive.test(node)) {
                        session.send(new ErrorResponse(request, OUTCOME_UNKNOWN));
                    }
                });
    }

    /** Looks after the calls that other nodes run for it. */
    void lookElsewhere(Predicate<String> isAlive) {
        if (!lasting.elsewhere().isEmpty()) {
            lasting.lease().poll();
            answerOrphans(isAlive);
        }
    }

    StoredSession snapshot(String node) {
        return lasting.snapshot(node, session.state());
    }
}
