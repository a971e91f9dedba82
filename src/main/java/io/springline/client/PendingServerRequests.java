package io.springline.client;

import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.RequestId;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The requests of the server that have no response yet. Sessions number theirs independently, so an
 * answer to one that is gone must not reach the next. Safe for use by many threads.
 */
final class PendingServerRequests {

    private static final int MAX = 1024;

    private final LinkedHashSet<RequestId> open = new LinkedHashSet<>();

    synchronized void asked(Request request) {
        if (open.size() >= MAX) {
            open.removeFirst();
        }
        open.add(request.id());
    }

    synchronized void withdrawn(Notification cancelled) {
        RequestId id = cancelled.params() == null ? null : requestId(cancelled.params());
        if (id != null) {
            open.remove(id);
        }
    }

    private static @Nullable RequestId requestId(ObjectNode params) {
        return RequestId.of(params.get("requestId"));
    }

    /** Whether somebody waits for this answer; nobody does from now on. */
    synchronized boolean answered(RequestId id) {
        return open.remove(id);
    }

    /** The session is gone: cancellations for all that is open, in order. */
    synchronized List<Notification> lost() {
        List<Notification> cancellations =
                open.stream().map(PendingServerRequests::cancellation).toList();
        open.clear();
        return cancellations;
    }

    private static Notification cancellation(RequestId id) {
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        params.set("requestId", id.toJson());
        params.put("reason", "the session was lost");
        return new Notification("notifications/cancelled", params);
    }
}
