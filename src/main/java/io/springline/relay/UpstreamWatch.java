package io.springline.relay;

import io.springline.jsonrpc.JsonRpcException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Asks an upstream to tell of changes, in the way of its era: of its lists always, of resources
 * once a client wants to hear of them, and of all of that again when it has come back.
 */
final class UpstreamWatch {

    private static final Logger log = LoggerFactory.getLogger(UpstreamWatch.class);
    private static final Duration FOREVER = Duration.ofDays(365);

    /** Most resources that are watched; further ones are not. */
    private static final int MAX_WATCHED = 1024;

    private final String name;
    private final Duration timeout;
    private final Set<String> uris = ConcurrentHashMap.newKeySet();
    private @Nullable Thread listening;

    UpstreamWatch(String name, Duration timeout) {
        this.name = name;
        this.timeout = timeout;
    }

    /**
     * A client wants to hear of this resource. Does not block.
     *
     * @param current null while the upstream is down
     */
    void add(String uri, @Nullable UpstreamConnection current) {
        if (uris.size() >= MAX_WATCHED || !uris.add(uri) || current == null) {
            return;
        }
        if (current.version().isModern()) {
            listen(current);
        } else {
            Thread.startVirtualThread(() -> subscribe(current, uri));
        }
    }

    /** The upstream has come up. */
    void begin(UpstreamConnection connection) {
        if (connection.version().isModern()) {
            listen(connection);
            return;
        }
        if (connection.can("logging")) {
            // What clients do not want is left out on the way to them.
            ask(
                    connection,
                    "logging/setLevel",
                    JsonNodeFactory.instance.objectNode().put("level", "debug"));
        }
        uris.forEach(uri -> subscribe(connection, uri));
    }

    /** One subscription for all; a new one takes the place of the last. */
    private synchronized void listen(UpstreamConnection connection) {
        Thread before = listening;
        listening = Thread.startVirtualThread(() -> ask(connection, "subscriptions/listen", all()));
        if (before != null) {
            before.interrupt();
        }
    }

    private ObjectNode all() {
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        params.set("_meta", RelayMeta.modern(JsonNodeFactory.instance.objectNode()));
        ObjectNode filter = params.putObject("notifications");
        filter.put("toolsListChanged", true);
        filter.put("promptsListChanged", true);
        filter.put("resourcesListChanged", true);
        if (!uris.isEmpty()) {
            var watched = filter.putArray("resourceSubscriptions");
            uris.forEach(watched::add);
        }
        return params;
    }

    private void subscribe(UpstreamConnection connection, String uri) {
        if (connection.capabilities().path("resources").path("subscribe").asBoolean(false)) {
            ask(
                    connection,
                    "resources/subscribe",
                    JsonNodeFactory.instance.objectNode().put("uri", uri));
        }
    }

    private void ask(UpstreamConnection connection, String method, ObjectNode params) {
        boolean lasting = method.equals("subscriptions/listen");
        try {
            connection.client().request(method, params, lasting ? FOREVER : timeout);
        } catch (JsonRpcException | UpstreamException | LostException e) {
            log.debug("upstream {}: {} ended: {}", name, method, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
