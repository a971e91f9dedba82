package io.springline.relay.client;

import io.springline.feature.RequestContext;
import io.springline.jsonrpc.RequestId;
import io.springline.mcp.ProtocolVersion;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The {@code _meta} that goes to an upstream and comes back from it. What MCP reserves belongs to
 * one hop and is made anew; everything else passes, except {@code baggage}, which may hold what is
 * nobody else's business.
 */
public final class RelayMeta {

    static final ObjectNode CLIENT_INFO =
            JsonNodeFactory.instance.objectNode().put("name", "springline").put("version", "1");

    private static final String RESERVED = "io.modelcontextprotocol/";

    private RelayMeta() {}

    /** Of a modern request that declares these client capabilities. */
    public static ObjectNode modern(ObjectNode capabilities) {
        ObjectNode meta = JsonNodeFactory.instance.objectNode();
        meta.put(RESERVED + "protocolVersion", ProtocolVersion.MODERN.wireName());
        meta.set(RESERVED + "clientCapabilities", capabilities);
        meta.set(RESERVED + "clientInfo", CLIENT_INFO);
        return meta;
    }

    /** Of a client's request on its way to an upstream; empty when there is nothing to say. */
    public static ObjectNode forward(
            RequestContext context, ProtocolVersion upstream, RequestId token) {
        ObjectNode meta =
                upstream.isModern()
                        ? modern(context.capabilities().json())
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

    /** A result on its way back: a copy, one level deep, without what belongs to the hop. */
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
}
