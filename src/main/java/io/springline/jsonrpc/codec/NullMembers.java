package io.springline.jsonrpc.codec;

import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Removes null members of {@code params} and results, since many peers write null for an absent
 * member. Removes only members that MCP defines; tool arguments, structured content, schemas and
 * the like are not changed.
 */
final class NullMembers {

    /** Members whose value is an object that MCP defines, or an array of such objects. */
    private static final Set<String> DEFINED =
            Set.of(
                    "_meta",
                    "annotations",
                    "argument",
                    "capabilities",
                    "clientInfo",
                    "completion",
                    "completions",
                    "content",
                    "contents",
                    "context",
                    "elicitation",
                    "form",
                    "hints",
                    "icons",
                    "io.modelcontextprotocol/clientCapabilities",
                    "io.modelcontextprotocol/clientInfo",
                    "io.modelcontextprotocol/serverInfo",
                    "logging",
                    "messages",
                    "modelPreferences",
                    "notifications",
                    "params",
                    "prompts",
                    "ref",
                    "resource",
                    "resources",
                    "resourceTemplates",
                    "roots",
                    "sampling",
                    "serverInfo",
                    "tools",
                    "url");

    /** Members whose value maps keys of the peer's choice to such objects. */
    private static final Set<String> MAPS = Set.of("inputRequests", "inputResponses");

    private NullMembers() {}

    static void removeFrom(ObjectNode object) {
        boolean nulls = false;
        for (Map.Entry<String, JsonNode> member : object.properties()) {
            JsonNode value = member.getValue();
            if (value.isNull()) {
                nulls = true;
            } else if (value.isContainer()) {
                removeBelow(member.getKey(), value);
            }
        }
        if (nulls) {
            object.removeIf(JsonNode::isNull);
        }
    }

    private static void removeBelow(String name, JsonNode value) {
        if (DEFINED.contains(name)) {
            removeFromAll(value);
        } else if (MAPS.contains(name)) {
            value.forEach(NullMembers::removeFromAll);
        }
    }

    private static void removeFromAll(JsonNode value) {
        switch (value) {
            case ObjectNode object -> removeFrom(object);
            case ArrayNode array -> array.forEach(NullMembers::removeFromAll);
            default -> {}
        }
    }
}
