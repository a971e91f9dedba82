package io.springline.dispatch.shape;

import io.springline.jsonrpc.SharedObject;
import io.springline.mcp.McpMethod;
import io.springline.mcp.MetaKeys;
import io.springline.mcp.ProtocolVersion;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Converts results to the shape of the revision of their request. Handlers make results in the
 * shape of the newest revision. The modern shape adds the members that each modern result must
 * have; legacy shapes remove what the revision does not define. Does not modify its input.
 */
public final class WireShape {

    /**
     * The {@code ttlMs} of lists: how long a modern client may cache them. Changes are announced.
     */
    private static final long LIST_TTL_MILLIS = 60_000;

    /** What a server offers can change with its upstreams, and that is not announced. */
    private static final long DISCOVER_TTL_MILLIS = 10_000;

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final ObjectNode serverInfo;

    public WireShape(ServerInfo server) {
        this.serverInfo = server.json(ProtocolVersion.MODERN);
    }

    public ObjectNode of(McpMethod method, ProtocolVersion version, ObjectNode result) {
        return version.isModern()
                ? modern(method, result, "complete")
                : legacy(method, version, result);
    }

    /** Returns an {@code InputRequiredResult}, which only modern revisions have. */
    public ObjectNode inputRequired(ObjectNode requests, @Nullable String state) {
        ObjectNode result = NODES.objectNode();
        if (!requests.isEmpty()) {
            result.set("inputRequests", requests);
        }
        if (state != null) {
            result.put("requestState", state);
        }
        return modern(McpMethod.TOOLS_CALL, result, "input_required");
    }

    /**
     * Returns the result of a call that continues as a task.
     *
     * @param task in the shape of the revision
     */
    public ObjectNode task(ProtocolVersion version, ObjectNode task) {
        if (version.isModern()) {
            return modern(McpMethod.TOOLS_CALL, task, "task");
        }
        ObjectNode result = NODES.objectNode();
        result.set("task", task);
        return result;
    }

    private ObjectNode modern(McpMethod method, ObjectNode result, String type) {
        ObjectNode shaped = NODES.objectNode();
        shaped.put("resultType", type);
        shaped.setAll(result);
        ObjectNode meta = NODES.objectNode();
        if (result.path(MetaKeys.META) instanceof ObjectNode given) {
            meta.setAll(given);
        }
        meta.set(MetaKeys.SERVER_INFO, serverInfo);
        shaped.set(MetaKeys.META, meta);
        switch (method) {
            case DISCOVER -> cacheable(shaped, DISCOVER_TTL_MILLIS);
            case TOOLS_LIST, PROMPTS_LIST, RESOURCES_LIST, RESOURCE_TEMPLATES_LIST ->
                    cacheable(shaped, LIST_TTL_MILLIS);
            case RESOURCES_READ -> cacheable(shaped, 0);
            case INITIALIZE,
                    PING,
                    SET_LEVEL,
                    RESOURCES_SUBSCRIBE,
                    RESOURCES_UNSUBSCRIBE,
                    LISTEN,
                    TOOLS_CALL,
                    PROMPTS_GET,
                    COMPLETE,
                    TASKS_GET,
                    TASKS_UPDATE,
                    TASKS_CANCEL,
                    TASKS_RESULT,
                    TASKS_LIST,
                    EXTENSION -> {}
        }
        return shaped;
    }

    private static void cacheable(ObjectNode shaped, long ttlMillis) {
        if (!shaped.has("ttlMs")) {
            shaped.put("ttlMs", ttlMillis);
        }
        if (!shaped.has("cacheScope")) {
            shaped.put("cacheScope", "private");
        }
    }

    /** Entries that are the same for all clients get each shape once. */
    private static JsonNode entry(
            JsonNode entry, ProtocolVersion version, UnaryOperator<ObjectNode> shape) {
        return switch (entry) {
            case SharedObject shared -> shared.derived(version, shape);
            case ObjectNode object -> shape.apply(object);
            default -> entry;
        };
    }

    private static ObjectNode legacy(McpMethod method, ProtocolVersion version, ObjectNode result) {
        return switch (method) {
            case INITIALIZE,
                    PING,
                    SET_LEVEL,
                    RESOURCES_SUBSCRIBE,
                    RESOURCES_UNSUBSCRIBE,
                    DISCOVER,
                    LISTEN,
                    COMPLETE,
                    TASKS_GET,
                    TASKS_UPDATE,
                    TASKS_CANCEL,
                    TASKS_LIST,
                    EXTENSION ->
                    result;
            case TOOLS_LIST ->
                    list(result, "tools", version, tool -> LegacyShape.tool(tool, version));
            case RESOURCES_LIST ->
                    list(result, "resources", version, each -> LegacyShape.resource(each, version));
            case RESOURCE_TEMPLATES_LIST ->
                    list(
                            result,
                            "resourceTemplates",
                            version,
                            each -> LegacyShape.resource(each, version));
            case PROMPTS_LIST ->
                    list(result, "prompts", version, each -> LegacyShape.prompt(each, version));
            case TOOLS_CALL, TASKS_RESULT -> LegacyShape.toolResult(plain(result), version);
            case PROMPTS_GET -> LegacyShape.promptResult(plain(result), version);
            case RESOURCES_READ -> LegacyShape.readResult(plain(result), version);
        };
    }

    private static ObjectNode list(
            ObjectNode result,
            String member,
            ProtocolVersion version,
            UnaryOperator<ObjectNode> shape) {
        ObjectNode shaped = plain(result);
        ArrayNode items = NODES.arrayNode();
        for (JsonNode item : result.path(member)) {
            items.add(entry(item, version, shape));
        }
        shaped.set(member, items);
        return shaped;
    }

    /** Returns a shallow copy without the members that only modern results have. */
    private static ObjectNode plain(ObjectNode result) {
        ObjectNode plain = NODES.objectNode();
        for (Map.Entry<String, JsonNode> member : result.properties()) {
            switch (member.getKey()) {
                case "resultType", "ttlMs", "cacheScope" -> {}
                default -> plain.set(member.getKey(), member.getValue());
            }
        }
        return plain;
    }
}
