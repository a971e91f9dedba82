package io.springline.ops.actuator;

import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.mcp.CloseReason;
import io.springline.resume.store.SessionStore;
import io.springline.session.Backplane;
import io.springline.session.Broadcast;
import io.springline.session.McpSession;
import io.springline.session.Outbound;
import io.springline.session.SessionRegistry;
import io.springline.transport.AllConnections;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Lists, closes and notifies connections: on this node, and on all nodes through the {@link
 * Backplane}. Methods for all nodes block for up to one second, and ignore nodes that do not
 * respond in time.
 */
public final class NodeConnections {

    private static final String LIST = "connections.list";
    private static final String FIND = "connections.find";
    private static final String CLOSE = "connections.close";
    private static final String NOTIFY = "connections.notify";
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final JsonRpcCodec CODEC = JsonRpcCodec.json(1 << 20);

    private final AllConnections connections;
    private final SessionRegistry sessions;
    private final Backplane backplane;
    private final String node;

    public NodeConnections(
            AllConnections connections,
            SessionRegistry sessions,
            SessionStore store,
            Backplane backplane) {
        this.connections = connections;
        this.sessions = sessions;
        this.backplane = backplane;
        this.node = store.node();
        backplane.answer(LIST, _ -> JSON.writeValueAsString(here()));
        backplane.answer(
                FIND,
                id ->
                        JSON.writeValueAsString(
                                connections.find(id).map(view -> ConnectionEntry.of(view, node))));
        backplane.answer(
                CLOSE, id -> Boolean.toString(connections.close(id, CloseReason.DISCONNECTED)));
        backplane.answer(NOTIFY, this::notifyHere);
    }

    /** Returns the connections of this node. */
    List<JsonNode> here() {
        return connections.all().stream()
                .<JsonNode>map(view -> JSON.valueToTree(ConnectionEntry.of(view, node)))
                .toList();
    }

    /** Returns the connections of all nodes. */
    List<JsonNode> everywhere() throws InterruptedException {
        var all = new ArrayList<JsonNode>();
        for (String answer : backplane.ask(LIST, "")) {
            JSON.readTree(answer).forEach(all::add);
        }
        return all;
    }

    Optional<JsonNode> find(String id) throws InterruptedException {
        return backplane.ask(FIND, id).stream()
                .map(JSON::readTree)
                .filter(JsonNode::isObject)
                .findFirst();
    }

    /** Closes a connection on any node. Returns false if there is no connection with this id. */
    boolean close(String id) throws InterruptedException {
        return backplane.ask(CLOSE, id).contains("true");
    }

    /** Parses a JSON-RPC notification. Returns null if the body is not one. */
    static @Nullable Notification notification(String body) {
        return CODEC.decode(body) instanceof Decoded.Message(Notification notification)
                ? notification
                : null;
    }

    /** Sends a notification to a connection on any node. Returns false if no node has it. */
    boolean notifyOne(String id, Notification notification) throws InterruptedException {
        return notifyEverywhere(id, null, notification) > 0;
    }

    /**
     * Sends a notification to matching connections on all nodes, and returns their number.
     *
     * @param principal the principal of the client, or null for any
     */
    int notifyEverywhere(@Nullable String principal, Notification notification)
            throws InterruptedException {
        return notifyEverywhere(null, principal, notification);
    }

    private int notifyEverywhere(
            @Nullable String id, @Nullable String principal, Notification notification)
            throws InterruptedException {
        return backplane.ask(NOTIFY, order(id, principal, notification)).stream()
                .mapToInt(Integer::parseInt)
                .sum();
    }

    /**
     * Sends a notification to matching connections of this node, and returns their number.
     *
     * @param principal the principal of the client, or null for any
     */
    int notifyHere(@Nullable String principal, Notification notification) {
        return Integer.parseInt(notifyHere(order(null, principal, notification)));
    }

    private String order(
            @Nullable String id, @Nullable String principal, Notification notification) {
        ObjectNode order = JSON.createObjectNode();
        if (id != null) {
            order.put("id", id);
        }
        if (principal != null) {
            order.put("principal", principal);
        }
        String message = new String(CODEC.encode(notification), StandardCharsets.UTF_8);
        return order.put("notification", message).toString();
    }

    private String notifyHere(String order) {
        JsonNode read = JSON.readTree(order);
        Notification notification = notification(read.path("notification").asString(""));
        if (notification == null) {
            return "0";
        }
        List<McpSession> receivers =
                receivers(read.path("id").asString(null), read.path("principal").asString(null));
        var broadcast = new Broadcast(notification, Outbound.Kind.LOG, null);
        receivers.forEach(broadcast::sendTo);
        return Integer.toString(receivers.size());
    }

    /**
     * Returns the matching sessions. Skips clients that have not sent a message yet: it is unknown
     * whether their session will be resumable, that is, whether outbound messages are counted.
     */
    private List<McpSession> receivers(@Nullable String id, @Nullable String principal) {
        if (id != null) {
            return connections.session(id).filter(McpSession::hasSentMessage).stream().toList();
        }
        return sessions.all().stream()
                .filter(McpSession::hasSentMessage)
                .filter(session -> !session.caller().isUnidentified())
                .filter(session -> principal == null || session.caller().name().equals(principal))
                .toList();
    }
}
