package io.springline.ops;

import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.session.CloseReason;
import io.springline.session.McpSession;
import io.springline.session.Outbound;
import io.springline.session.SessionRegistry;
import io.springline.websocket.ConnectionView;
import io.springline.websocket.Connections;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code /actuator/connections}: lists the connections of this node, shows or ends one, and sends a
 * JSON-RPC notification to one or to all of them.
 */
@Endpoint(id = "connections")
final class ConnectionsEndpoint {

    private static final String NOTIFICATION = "notifications/";

    private final Connections connections;
    private final SessionRegistry sessions;
    private final JsonMapper json;

    ConnectionsEndpoint(Connections connections, SessionRegistry sessions, JsonMapper json) {
        this.connections = connections;
        this.sessions = sessions;
        this.json = json;
    }

    /** One connection, as an operator reads it; times in ISO 8601, sizes in bytes. */
    record Entry(
            String id,
            String principal,
            String remoteAddress,
            Client client,
            @Nullable String era,
            @Nullable String protocolVersion,
            @Nullable String subprotocol,
            Instant connectedAt,
            Instant lastMessageAt,
            long messagesReceived,
            long messagesSent,
            int inFlight,
            long queuedBytes,
            @Nullable Double rttMillis,
            @Nullable String session) {

        static Entry of(ConnectionView view) {
            var peer = view.peer();
            return new Entry(
                    view.id(),
                    view.caller().name(),
                    view.remoteAddress(),
                    peer == null
                            ? new Client(null, null)
                            : new Client(peer.name(), peer.clientVersion()),
                    peer == null ? null : peer.protocol().isModern() ? "modern" : "legacy",
                    peer == null ? null : peer.protocol().wireName(),
                    view.subprotocol(),
                    view.connectedAt(),
                    view.lastMessageAt(),
                    view.messagesReceived(),
                    view.messagesSent(),
                    view.inFlight(),
                    view.queuedBytes(),
                    view.roundTripMillis(),
                    null);
        }
    }

    /** What the client says of itself. */
    record Client(@Nullable String name, @Nullable String version) {}

    @ReadOperation
    Map<String, List<Entry>> list() {
        return Map.of("connections", connections.all().stream().map(Entry::of).toList());
    }

    @ReadOperation
    @Nullable Entry one(@Selector String id) {
        return connections.find(id).map(Entry::of).orElse(null);
    }

    @DeleteOperation
    WebEndpointResponse<Void> disconnect(@Selector String id) {
        return new WebEndpointResponse<>(
                connections.close(id, CloseReason.DISCONNECTED)
                        ? WebEndpointResponse.STATUS_NO_CONTENT
                        : WebEndpointResponse.STATUS_NOT_FOUND);
    }

    /**
     * @param method of the notification, {@code notifications/…}
     */
    @WriteOperation
    WebEndpointResponse<Map<String, Object>> notifyOne(
            @Selector String id, String method, @Nullable Map<String, Object> params) {
        if (!method.startsWith(NOTIFICATION)) {
            return refused();
        }
        return connections
                .session(id)
                .map(session -> sent(List.of(session), method, params))
                .orElseGet(() -> new WebEndpointResponse<>(WebEndpointResponse.STATUS_NOT_FOUND));
    }

    /**
     * @param method of the notification, {@code notifications/…}
     */
    @WriteOperation
    WebEndpointResponse<Map<String, Object>> notifyAll(
            String method, @Nullable Map<String, Object> params) {
        return method.startsWith(NOTIFICATION)
                ? sent(List.copyOf(sessions.all()), method, params)
                : refused();
    }

    private WebEndpointResponse<Map<String, Object>> sent(
            List<McpSession> receivers, String method, @Nullable Map<String, Object> params) {
        ObjectNode tree = params == null ? null : json.valueToTree(params);
        var notification = new Notification(method, tree);
        var encoded = new java.util.HashMap<Object, Outbound>();
        for (McpSession receiver : receivers) {
            receiver.connection()
                    .send(
                            encoded.computeIfAbsent(
                                    receiver.codec(),
                                    _ ->
                                            new Outbound(
                                                    receiver.codec().encode(notification),
                                                    Outbound.Kind.LOG,
                                                    null)));
        }
        return new WebEndpointResponse<>(Map.of("sent", receivers.size()));
    }

    private static WebEndpointResponse<Map<String, Object>> refused() {
        return new WebEndpointResponse<>(
                Map.of("error", "method must start with " + NOTIFICATION),
                WebEndpointResponse.STATUS_BAD_REQUEST);
    }
}
