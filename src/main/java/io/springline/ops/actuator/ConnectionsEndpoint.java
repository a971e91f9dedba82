package io.springline.ops.actuator;

import io.springline.jsonrpc.JsonRpcMessage.Notification;
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
import org.springframework.web.bind.annotation.RequestParam;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code /actuator/connections}: lists the connections of this node, or of all nodes with {@code
 * scope=cluster}; shows or closes one connection; sends a JSON-RPC notification to one connection,
 * to those of one principal, or to all. A single connection is found on any node.
 */
@RestControllerEndpoint(id = "connections")
@SuppressWarnings("removal") // the other kinds of endpoints do not accept nested JSON bodies
public final class ConnectionsEndpoint {

    private final NodeConnections connections;

    private final TrafficLog traffic;

    public ConnectionsEndpoint(NodeConnections connections, TrafficLog traffic) {
        this.connections = connections;
        this.traffic = traffic;
    }

    @GetMapping
    ResponseEntity<Map<String, ?>> list(@RequestParam(defaultValue = "node") String scope)
            throws InterruptedException {
        Boolean everywhere = isEverywhere(scope);
        if (everywhere == null) {
            return badScope();
        }
        List<JsonNode> all = everywhere ? connections.everywhere() : connections.here();
        return ResponseEntity.ok(Map.of("connections", all));
    }

    @GetMapping("/{id}")
    ResponseEntity<JsonNode> one(@PathVariable String id) throws InterruptedException {
        return ResponseEntity.of(connections.find(id));
    }

    @DeleteMapping("/{id}")
    ResponseEntity<Void> disconnect(@PathVariable String id) throws InterruptedException {
        boolean found = connections.close(id);
        return ResponseEntity.status(found ? HttpStatus.NO_CONTENT : HttpStatus.NOT_FOUND).build();
    }

    /** Returns the last messages on a connection of this node, if they are logged. */
    @GetMapping("/{id}/traffic")
    ResponseEntity<JsonNode> traffic(@PathVariable String id) {
        return ResponseEntity.of(
                traffic.lines(id, 0)
                        .map(lines -> JsonMapper.shared().valueToTree(Map.of("lines", lines))));
    }

    /** Starts logging the messages on a connection of this node. */
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
        boolean stopped = traffic.stop(id);
        return ResponseEntity.status(stopped ? HttpStatus.NO_CONTENT : HttpStatus.NOT_FOUND)
                .build();
    }

    /**
     * Sends the JSON-RPC notification in the body to one client. The response is 404 if the client
     * has not sent a message yet.
     */
    @PostMapping("/{id}")
    ResponseEntity<Map<String, ?>> notifyOne(@PathVariable String id, @RequestBody String body)
            throws InterruptedException {
        Notification notification = NodeConnections.notification(body);
        if (notification == null) {
            return connections.find(id).isEmpty()
                    ? ResponseEntity.notFound().build()
                    : badNotification();
        }
        return connections.notifyOne(id, notification)
                ? ResponseEntity.ok(Map.of("sent", 1))
                : ResponseEntity.notFound().build();
    }

    /** Sends the JSON-RPC notification in the body to all clients, or to those of one principal. */
    @PostMapping
    ResponseEntity<Map<String, ?>> notifyAll(
            @RequestParam(defaultValue = "node") String scope,
            @RequestParam(required = false) @Nullable String principal,
            @RequestBody String body)
            throws InterruptedException {
        Boolean everywhere = isEverywhere(scope);
        if (everywhere == null) {
            return badScope();
        }
        Notification notification = NodeConnections.notification(body);
        if (notification == null) {
            return badNotification();
        }
        int sent =
                everywhere
                        ? connections.notifyEverywhere(principal, notification)
                        : connections.notifyHere(principal, notification);
        return ResponseEntity.ok(Map.of("sent", sent));
    }

    private static @Nullable Boolean isEverywhere(String scope) {
        return switch (scope) {
            case "node" -> false;
            case "cluster" -> true;
            default -> null;
        };
    }

    private static ResponseEntity<Map<String, ?>> badScope() {
        return ResponseEntity.badRequest()
                .body(Map.of("error", "scope must be 'node' or 'cluster'"));
    }

    private static ResponseEntity<Map<String, ?>> badNotification() {
        return ResponseEntity.badRequest()
                .body(Map.of("error", "the body must be a JSON-RPC notification"));
    }
}
