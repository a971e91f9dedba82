package io.springline.dispatch.shape;

import static io.springline.mcp.ProtocolVersion.V2025_03_26;
import static io.springline.mcp.ProtocolVersion.V2025_06_18;
import static io.springline.mcp.ProtocolVersion.V2025_11_25;

import io.springline.feature.result.Content;
import io.springline.mcp.ProtocolVersion;
import java.util.Collection;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Converts entities and content to the shape of a legacy revision.
 *
 * <p>Members that a revision does not define are removed. Content blocks of types that it does not
 * define become text blocks, since a strict client of that revision would reject the whole result.
 * Inputs are not modified, except where a method says so.
 */
final class LegacyShape {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private LegacyShape() {}

    static ObjectNode tool(ObjectNode tool, ProtocolVersion version) {
        ObjectNode shaped = entity(tool, version);
        if (!version.isAtLeast(V2025_11_25)) {
            shaped.remove("execution");
        }
        boolean structured = version.isAtLeast(V2025_06_18);
        boolean object = tool.path("outputSchema").path("type").asString("").equals("object");
        if (!structured || !object) {
            shaped.remove("outputSchema");
        }
        if (version.isAtLeast(V2025_06_18)) {
            return shaped;
        }
        if (version.isAtLeast(V2025_03_26)) {
            moveTitle(tool, shaped);
        } else {
            shaped.remove("annotations");
        }
        return shaped;
    }

    static ObjectNode resource(ObjectNode resource, ProtocolVersion version) {
        ObjectNode shaped = entity(resource, version);
        return version.isAtLeast(V2025_06_18) ? shaped : withOldAnnotations(shaped);
    }

    static ObjectNode prompt(ObjectNode prompt, ProtocolVersion version) {
        ObjectNode shaped = entity(prompt, version);
        if (!version.isAtLeast(V2025_06_18) && prompt.path("arguments").isArray()) {
            ArrayNode arguments = NODES.arrayNode();
            prompt.path("arguments")
                    .forEach(each -> arguments.add(withoutMembers(each, List.of("title"))));
            shaped.set("arguments", arguments);
        }
        return shaped;
    }

    /**
     * Converts a tool result. Modifies the first level of {@code result}, which the caller must
     * own.
     */
    static ObjectNode toolResult(ObjectNode result, ProtocolVersion version) {
        JsonNode structured = result.path("structuredContent");
        boolean kept = structured.isObject() && version.isAtLeast(V2025_06_18);
        if (!kept) {
            result.remove("structuredContent");
        }
        boolean lost = !kept && !structured.isMissingNode() && !isInContent(result, structured);
        if (lost || !version.isAtLeast(V2025_11_25)) {
            ArrayNode blocks = NODES.arrayNode();
            result.path("content").forEach(block -> blocks.add(block(block, version)));
            if (lost) {
                blocks.add(Content.text(structured.toString()));
            }
            result.set("content", blocks);
        }
        return result;
    }

    /**
     * Returns true if the content already carries the structured content. For an object, any
     * content counts: servers of the revisions that allow objects only provide it. Other values
     * must be there as JSON text, except for white space.
     */
    private static boolean isInContent(ObjectNode result, JsonNode structured) {
        if (structured.isObject()) {
            return !result.path("content").isEmpty();
        }
        String text = withoutWhitespace(structured.toString());
        return result.path("content")
                .valueStream()
                .anyMatch(block -> withoutWhitespace(block.path("text").asString("")).equals(text));
    }

    private static String withoutWhitespace(String text) {
        var letters = new StringBuilder(text.length());
        text.chars().filter(c -> !Character.isWhitespace(c)).forEach(c -> letters.append((char) c));
        return letters.toString();
    }

    /**
     * Converts a prompt result. Modifies the first level of {@code result}, which the caller must
     * own.
     */
    static ObjectNode promptResult(ObjectNode result, ProtocolVersion version) {
        if (version.isAtLeast(V2025_11_25)) {
            return result;
        }
        ArrayNode messages = NODES.arrayNode();
        for (JsonNode message : result.path("messages")) {
            if (message instanceof ObjectNode object && object.has("content")) {
                ObjectNode shaped = without(object, List.of());
                shaped.set("content", block(object.path("content"), version));
                messages.add(shaped);
            } else {
                messages.add(message);
            }
        }
        result.set("messages", messages);
        return result;
    }

    /**
     * Converts a result of {@code resources/read}. Modifies the first level of {@code result},
     * which the caller must own.
     */
    static ObjectNode readResult(ObjectNode result, ProtocolVersion version) {
        if (version.isAtLeast(V2025_06_18)) {
            return result;
        }
        ArrayNode contents = NODES.arrayNode();
        result.path("contents")
                .forEach(each -> contents.add(withoutMembers(each, List.of("_meta"))));
        result.set("contents", contents);
        return result;
    }

    private static ObjectNode entity(ObjectNode entity, ProtocolVersion version) {
        if (version.isAtLeast(V2025_11_25)) {
            return without(entity, List.of());
        }
        return version.isAtLeast(V2025_06_18)
                ? without(entity, List.of("icons"))
                : without(entity, List.of("icons", "title", "_meta"));
    }

    /** Copies the title into the annotations, where 2025-03-26 has it. */
    private static void moveTitle(ObjectNode tool, ObjectNode shaped) {
        if (tool.has("title")) {
            ObjectNode annotations = NODES.objectNode();
            annotations.set("title", tool.get("title"));
            if (tool.path("annotations") instanceof ObjectNode given) {
                annotations.setAll(given);
            }
            shaped.set("annotations", annotations);
        }
    }

    private static JsonNode block(JsonNode block, ProtocolVersion version) {
        if (version.isAtLeast(V2025_06_18)) {
            return block instanceof ObjectNode link && link.has("icons")
                    ? without(link, List.of("icons"))
                    : block;
        }
        return switch (block.path("type").asString("")) {
            case "audio" ->
                    version.isAtLeast(V2025_03_26)
                            ? plain(block)
                            : Content.text(
                                    "[audio, %s]".formatted(block.path("mimeType").asString("")));
            case "resource_link" ->
                    Content.text(
                            "%s: %s"
                                    .formatted(
                                            block.path("name").asString(""),
                                            block.path("uri").asString("")));
            default -> plain(block);
        };
    }

    private static JsonNode plain(JsonNode block) {
        if (!(block instanceof ObjectNode object)) {
            return block;
        }
        ObjectNode plain = without(object, List.of("_meta"));
        if (object.path("resource") instanceof ObjectNode resource) {
            plain.set("resource", without(resource, List.of("_meta")));
        }
        return withOldAnnotations(plain);
    }

    /** Removes what annotations of older revisions do not have. Modifies {@code shaped}. */
    private static ObjectNode withOldAnnotations(ObjectNode shaped) {
        if (shaped.path("annotations") instanceof ObjectNode annotations) {
            shaped.set("annotations", without(annotations, List.of("lastModified")));
        } else {
            shaped.remove("annotations");
        }
        return shaped;
    }

    /** Returns a copy without these members. A node that is not an object is returned as it is. */
    private static JsonNode withoutMembers(JsonNode node, Collection<String> members) {
        return node instanceof ObjectNode object ? without(object, members) : node;
    }

    private static ObjectNode without(ObjectNode object, Collection<String> members) {
        ObjectNode copy = NODES.objectNode();
        copy.setAll(object);
        copy.remove(members);
        return copy;
    }
}
