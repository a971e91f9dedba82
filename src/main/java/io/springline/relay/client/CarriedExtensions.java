package io.springline.relay.client;

import io.springline.mcp.McpExtensions;
import io.springline.relay.config.RelayProperties;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The extensions of MCP that the relay passes between clients and one upstream: those that it
 * knows, and those that are configured for the upstream. All others end at the relay, so neither
 * side learns that the other one has them.
 *
 * @param configured identifiers of extensions whose messages pass although the relay does not know
 *     them
 */
public record CarriedExtensions(Set<String> configured) {

    /** The extensions that the relay knows. */
    public static final CarriedExtensions KNOWN_ONLY = new CarriedExtensions(Set.of());

    /** The member of capabilities. */
    public static final String MEMBER = "extensions";

    private static final Set<String> KNOWN = Set.of(McpExtensions.APPS, McpExtensions.SKILLS);

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    public CarriedExtensions {
        configured = Set.copyOf(configured);
    }

    public static CarriedExtensions and(Collection<String> configured) {
        return new CarriedExtensions(Set.copyOf(configured));
    }

    public boolean carries(String id) {
        return KNOWN.contains(id) || configured.contains(id);
    }

    /** Returns the carried extensions that the capabilities declare, with their settings. */
    public ObjectNode of(JsonNode capabilities) {
        ObjectNode carried = NODES.objectNode();
        capabilities
                .path(MEMBER)
                .forEachEntry((id, settings) -> {
                    if (carries(id)) {
                        // PHP encodes an empty object as an array, others send true
                        carried.set(id, settings.isObject() ? settings : NODES.objectNode());
                    }
                });
        return carried;
    }

    /**
     * Returns for each extension that the upstream declares or that is configured whether it
     * passes, or why not. For operators.
     */
    public Map<String, String> states(String upstream, JsonNode capabilities) {
        var states = new TreeMap<String, String>();
        configured.forEach(id -> states.put(id, "the upstream does not have it"));
        capabilities
                .path(MEMBER)
                .propertyNames()
                .forEach(id -> states.put(id, state(upstream, id)));
        return states;
    }

    private String state(String upstream, String id) {
        if (carries(id)) {
            return "passes";
        }
        return RelayProperties.Upstream.endsHere(id)
                ? "ends at Springline"
                : "does not pass: springline.relay.upstreams.%s.extensions does not name it"
                        .formatted(upstream);
    }

    /**
     * Returns the extensions that the relay declares where no client's request is concerned: on a
     * connection that all clients share, and for lists.
     */
    public ObjectNode shared() {
        ObjectNode shared = NODES.objectNode();
        shared.putObject(McpExtensions.APPS).putArray("mimeTypes").add(McpExtensions.APP_MIME_TYPE);
        shared.putObject(McpExtensions.SKILLS);
        new TreeSet<>(configured).forEach(shared::putObject);
        return shared;
    }

    /**
     * Returns a client's capabilities for a request to an upstream. Of their extensions, they have
     * those that the relay carries and the upstream has.
     *
     * @param upstream the capabilities of the upstream; null if they are not known yet
     */
    public ObjectNode forward(ObjectNode client, @Nullable ObjectNode upstream) {
        Predicate<String> has = id -> upstream == null || upstream.path(MEMBER).has(id);
        ObjectNode carried = NODES.objectNode();
        of(client)
                .forEachEntry((id, settings) -> {
                    if (has.test(id)) {
                        carried.set(id, settings);
                    }
                });
        ObjectNode forwarded = NODES.objectNode();
        forwarded.setAll(client);
        forwarded.remove(MEMBER);
        return carried.isEmpty() ? forwarded : forwarded.set(MEMBER, carried);
    }
}
