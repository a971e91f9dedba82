package io.springline.dispatch.shape;

import static io.springline.mcp.ProtocolVersion.V2025_03_26;
import static io.springline.mcp.ProtocolVersion.V2025_06_18;
import static io.springline.mcp.ProtocolVersion.V2025_11_25;

import io.springline.feature.Content;
import io.springline.mcp.ProtocolVersion;
import java.util.Collection;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Takes from entities and content what a legacy revision does not know. Objects are open in every
 * revision, so most of this is courtesy; the content blocks are not: a strict client of its time
 * fails on a type that it has never heard of. Never changes its input.
 */
final class LegacyShape {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private LegacyShape() {}

    static ObjectNode tool(ObjectNode tool, ProtocolVersion version) {
        ObjectNode shaped = entity(tool, version);
        shaped.remove("execution");
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

    /** Owns {@code result} and may change its first level. */
    static ObjectNode toolResult(ObjectNode result, ProtocolVersion version) {
        JsonNode structured = result.path("structuredContent");
        boolean kept = structured.isObject() && version.isAtLeast(V2025_06_18);
        if (!kept) {
            result.remove("structuredContent");
        }
        boolean lost = !kept && !structured.isMissingNode() && !isSaid(result, structured);
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
     * Returns true if the content stands for the structured content: servers of all revisions that
     * know only structured objects provide for that.
     */
    private static boolean isSaid(ObjectNode result, JsonNode structured) {
        if (structured.isObject()) {
            return !result.path("content").isEmpty();
        }
        String text = unspaced(structured.toString());
        return result.path("content")
                .valueStream()
                .anyMatch(block -> unspaced(block.path("text").asString("")).equals(text));
    }

    private static String unspaced(String text) {
        var letters = new StringBuilder(text.length());
        text.chars().filter(c -> !Character.isWhitespace(c)).forEach(c -> letters.append((char) c));
        return letters.toString();
    }

    /** Owns {@code result} and may change its first level. */
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

    /** Owns {@code result} and may change its first level. */
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

    /** In 2025-03-26 a tool's title is one of its annotations. */
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

    /** Changes what it is given. */
    private static ObjectNode withOldAnnotations(ObjectNode shaped) {
        if (shaped.path("annotations") instanceof ObjectNode annotations) {
            shaped.set("annotations", without(annotations, List.of("lastModified")));
        } else {
            shaped.remove("annotations");
        }
        return shaped;
    }

    /** What is no object has no members, and stays as it is. */
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
