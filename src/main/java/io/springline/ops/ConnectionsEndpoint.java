package io.springline.ops;

import io.springline.jsonrpc.Decoded;
import io.springline.jsonrpc.JsonRpcCodec;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.session.Broadcast;
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
import org.springframework.boot.actuate.endpoint.web.annotation.RestControllerEndpoint;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;

/**
 * {@code /actuator/connections}: lists the connections of this node, shows or ends one, logs its
 * messages, and sends a JSON-RPC notification to one or to all of them.
 */
@RestControllerEndpoint(id = "connections")
@SuppressWarnings("removal") // the only kind of endpoint whose body may be nested JSON
final class ConnectionsEndpoint {

    private static final JsonRpcCodec CODEC = JsonRpcCodec.json(1 << 20);

    private final Connections connections;
    private final SessionRegistry sessions;
    private final TrafficLog traffic;

    ConnectionsEndpoint(Connections connections, SessionRegistry sessions, TrafficLog traffic) {
        this.connections = connections;
        this.sessions = sessions;
        this.traffic = traffic;
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
            @Nullable String session,
            boolean traffic) {

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
                    view.resumable(),
                    view.traffic());
        }
    }

    /** What the client says of itself. */
    record Client(@Nullable String name, @Nullable String version) {}

    @GetMapping
    Map<String, List<Entry>> list() {
        return Map.of("connections", connections.all().stream().map(Entry::of).toList());
    }

    @GetMapping("/{id}")
    ResponseEntity<Entry> one(@PathVariable String id) {
        return ResponseEntity.of(connections.find(id).map(Entry::of));
    }

    @DeleteMapping("/{id}")
    ResponseEntity<Void> disconnect(@PathVariable String id) {
        boolean found = connections.close(id, CloseReason.DISCONNECTED);
        return ResponseEntity.status(found ? HttpStatus.NO_CONTENT : HttpStatus.NOT_FOUND).build();
    }

    /** The last messages on a connection, while they are logged. */
    @GetMapping("/{id}/traffic")
    ResponseEntity<Map<String, List<TrafficLine>>> traffic(@PathVariable String id) {
        return ResponseEntity.of(traffic.lines(id, 0).map(lines -> Map.of("lines", lines)));
    }

    /** Logs the messages on a connection from now on. */
    @PutMapping("/{id}/traffic")
    ResponseEntity<Map<String, Object>> startTraffic(@PathVariable String id) {
        return switch (traffic.start(id)) {
            case ON -> ResponseEntity.noContent().build();
            case NO_SUCH_CONNECTION -> ResponseEntity.notFound().build();
            case TOO_MANY ->
                    ResponseEntity.status(HttpStatus.CONFLICT)
                            .body(Map.of("error", TrafficLog.TOO_MANY_TEXT));
        };
    }

    @DeleteMapping("/{id}/traffic")
    ResponseEntity<Void> stopTraffic(@PathVariable String id) {
        boolean was = traffic.stop(id);
        return ResponseEntity.status(was ? HttpStatus.NO_CONTENT : HttpStatus.NOT_FOUND).build();
    }

    /** Sends the JSON-RPC notification in the body to one client. */
    @PostMapping("/{id}")
    ResponseEntity<Map<String, Object>> notifyOne(
            @PathVariable String id, @RequestBody String body) {
        return connections
                .session(id)
                .filter(McpSession::hasSpoken)
                .map(session -> send(List.of(session), body))
                .orElseGet(() -> ResponseEntity.notFound().build());
    }

    /**
     * Sends the JSON-RPC notification in the body to all clients that have said something: before,
     * it is not known whether what they are sent is counted.
     */
    @PostMapping
    ResponseEntity<Map<String, Object>> notifyAll(@RequestBody String body) {
        return send(
                sessions.all().stream()
                        .filter(McpSession::hasSpoken)
                        .filter(session -> !session.caller().isUnidentified())
                        .toList(),
                body);
    }

    private static ResponseEntity<Map<String, Object>> send(
            List<McpSession> receivers, String body) {
        if (!(CODEC.decode(body) instanceof Decoded.Message(Notification notification))) {
            return ResponseEntity.badRequest()
                    .body(Map.of("error", "the body must be a JSON-RPC notification"));
        }
        var broadcast = new Broadcast(notification, Outbound.Kind.LOG, null);
        receivers.forEach(broadcast::sendTo);
        return ResponseEntity.ok(Map.of("sent", receivers.size()));
    }
}
