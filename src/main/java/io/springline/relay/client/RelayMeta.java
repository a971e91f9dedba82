package io.springline.relay.client;

import io.springline.feature.RequestContext;
import io.springline.jsonrpc.RequestId;
import io.springline.mcp.ExtensionMethods;
import io.springline.mcp.ProtocolVersion;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Mapping of {@code _meta} between client and upstream.
 *
 * <p>Keys that MCP reserves apply to one hop and are created anew. All other keys are forwarded,
 * except {@code baggage}, which may contain private data.
 */
public final class RelayMeta {

    static final ObjectNode CLIENT_INFO =
            JsonNodeFactory.instance.objectNode().put("name", "springline").put("version", "1");

    private static final String RESERVED = "io.modelcontextprotocol/";

    private RelayMeta() {}

    /** Returns the {@code _meta} of a modern request that declares these client capabilities. */
    public static ObjectNode modern(ObjectNode capabilities) {
        ObjectNode meta = JsonNodeFactory.instance.objectNode();
        meta.put(RESERVED + "protocolVersion", ProtocolVersion.MODERN.wireName());
        meta.set(RESERVED + "clientCapabilities", capabilities);
        meta.set(RESERVED + "clientInfo", CLIENT_INFO);
        return meta;
    }

    /** Returns the {@code _meta} of a client request for an upstream; it may be empty. */
    public static ObjectNode forward(
            RequestContext context,
            UpstreamConnection to,
            CarriedExtensions extensions,
            RequestId token) {
        ProtocolVersion upstream = to.version();
        ObjectNode meta =
                upstream.isModern()
                        ? modern(
                                extensions.forward(
                                        context.capabilities().json(), to.capabilities()))
                        : JsonNodeFactory.instance.objectNode();
        for (Map.Entry<String, JsonNode> entry : context.meta().properties()) {
            switch (entry.getKey()) {
                case "progressToken" -> meta.set("progressToken", token.toJson());
                case "baggage" -> {}
                case String key when key.equals(RESERVED + "logLevel") && upstream.isModern() ->
                        meta.set(key, entry.getValue());
                case String key when key.startsWith(RESERVED) -> {}
                case String key -> meta.set(key, entry.getValue());
            }
        }
        return meta;
    }

    /**
     * Declares the tasks extension if the upstream has it, and only then: the relay waits for tasks
     * of upstreams, whatever its client can do.
     *
     * @param meta of a modern request; others are not changed
     */
    public static void declareTasks(ObjectNode meta, ObjectNode upstreamCapabilities) {
        if (!(meta.get(RESERVED + "clientCapabilities") instanceof ObjectNode declared)) {
            return;
        }
        boolean served = upstreamCapabilities.path("extensions").has(ExtensionMethods.TASKS);
        if (served || declared.path("extensions").has(ExtensionMethods.TASKS)) {
            ObjectNode capabilities = declared.deepCopy();
            ObjectNode extensions = capabilities.withObject("extensions");
            extensions.remove(ExtensionMethods.TASKS);
            if (served) {
                extensions.putObject(ExtensionMethods.TASKS);
            }
            meta.set(RESERVED + "clientCapabilities", capabilities);
        }
    }

    /** Returns true if the request that was sent to an upstream declares the tasks extension. */
    public static boolean declaresTasks(ObjectNode sent) {
        return sent.path("_meta")
                .path(RESERVED + "clientCapabilities")
                .path("extensions")
                .has(ExtensionMethods.TASKS);
    }

    /** Returns a shallow copy of an upstream result, without the members of the hop. */
    public static ObjectNode backward(ObjectNode result) {
        ObjectNode copy = JsonNodeFactory.instance.objectNode();
        copy.setAll(result);
        copy.remove("resultType");
        if (result.path("_meta") instanceof ObjectNode meta) {
            ObjectNode kept = JsonNodeFactory.instance.objectNode();
            meta.forEachEntry((key, value) -> {
                if (!key.startsWith(RESERVED)) {
                    kept.set(key, value);
                }
            });
            if (kept.isEmpty()) {
                copy.remove("_meta");
            } else {
                copy.set("_meta", kept);
            }
        }
        return copy;
    }

    /** Returns the capabilities that the relay declares where it reads for all clients. */
    public static ObjectNode readerCapabilities() {
        ObjectNode capabilities = JsonNodeFactory.instance.objectNode();
        capabilities.set(CarriedExtensions.MEMBER, CarriedExtensions.KNOWN_ONLY.shared());
        return capabilities;
    }

    /** Returns the capabilities that the relay declares to an upstream that all clients share. */
    public static ObjectNode clientCapabilities(CarriedExtensions extensions) {
        ObjectNode capabilities = JsonNodeFactory.instance.objectNode();
        capabilities.putObject("sampling");
        capabilities.putObject("elicitation");
        capabilities.putObject("roots");
        capabilities.set(CarriedExtensions.MEMBER, extensions.shared());
        return capabilities;
    }
}
