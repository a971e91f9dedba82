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
 * The requests of the server that have no response yet. Different sessions may use the same ids, so
 * a response to a request of a lost session must not be sent to the next one. Keeps the latest
 * 1,024. Thread-safe.
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

    /** Removes a request that is being answered. Returns false if it is not pending. */
    synchronized boolean answered(RequestId id) {
        return open.remove(id);
    }

    /** Adds a request again, since its response could not be queued; null for none. */
    synchronized void notAnswered(@Nullable RequestId id) {
        if (id != null) {
            open.add(id);
        }
    }

    /** Removes all requests, and returns a cancellation for each of them, in order. */
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
