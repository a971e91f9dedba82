package io.springline.resume;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.resume.connection.ResumableConnection;
import io.springline.resume.store.Runner;
import io.springline.resume.store.SessionStore.ForwardedMessage;
import io.springline.resume.store.StoredSession;
import io.springline.session.McpSession;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import tools.jackson.databind.node.JsonNodeFactory;

/** A resumable session that this node owns. */
record OwnedSession(McpSession session, ResumableConnection resumable) {

    private static final JsonRpcError NODE_LOST =
            outcomeUnknown("the node that ran this request is gone", "node-lost");

    private static final JsonRpcError ANSWER_LOST =
            outcomeUnknown("more output than is kept came up meanwhile", "overflow");

    private static JsonRpcError outcomeUnknown(String why, String reason) {
        return new JsonRpcError(
                ErrorCode.INTERNAL_ERROR.code(),
                "Outcome unknown: " + why,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("reason", reason)
                        .put("outcome", "unknown"));
    }

    long fence() {
        return resumable.lease().fence();
    }

    /** Makes the resumable connection the connection of the session. */
    void persist() {
        session.persist(resumable, resumable.persistence());
    }

    /** Delivers a message of a call that a former owner runs. */
    void arrived(ForwardedMessage arrival) {
        RequestId request = arrival.message().answers();
        if (!arrival.message().isLost()) {
            resumable.handover().arrived(arrival);
        } else {
            if (request != null && resumable.handover().elsewhere().containsKey(request)) {
                session.sendAtOnce(new ErrorResponse(request, ANSWER_LOST));
            }
            resumable.lease().taken(arrival.entry());
        }
    }

    /**
     * Answers the calls whose node has died with an error, since they may have run or not. Reads
     * the answers that the node has left in the store first.
     */
    void lookElsewhere(Predicate<String> checkAlive) {
        Map<RequestId, Runner> orphans = new HashMap<>(resumable.handover().elsewhere());
        if (!orphans.isEmpty()) {
            orphans.values().removeIf(runner -> checkAlive.test(runner.node()));
            resumable.lease().poll(() -> answer(orphans.keySet()));
        }
    }

    private void answer(Set<RequestId> orphans) {
        Set<RequestId> open = resumable.handover().elsewhere().keySet();
        orphans.stream()
                .filter(open::contains)
                .forEach(request -> session.sendAtOnce(new ErrorResponse(request, NODE_LOST)));
    }

    StoredSession snapshot(String node) {
        return resumable.handover().snapshot(node, session.state());
    }
}
