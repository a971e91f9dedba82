package io.springline.relay.catalogue;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Repair of upstream results that do not have the form that MCP defines.
 *
 * <p>Where content is expected, a string becomes a text block and a single block an array. Valid
 * results stay as they are, unknown types and members included. Inputs are never changed.
 */
public final class LenientResults {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** The optional members of results. Only results of 2026-07-28 have some of them. */
    private static final Map<String, Member> OPTIONAL =
            Map.of(
                    "_meta", Member.OBJECT,
                    "ttlMs", Member.SIZE,
                    "cacheScope", Member.oneOf("public", "private"));

    private static final Map<String, Member> PROMPT = Map.of("description", Member.STRING);

    private LenientResults() {}

    /** Returns a {@code CallToolResult}. */
    public static ObjectNode ofTool(JsonNode result) {
        ObjectNode mended = copy(result, "content");
        if (!mended.has("content")) {
            mended.set("content", content(textual(mended)));
        } else {
            mended.set("content", content(mended.get("content")));
        }
        JsonNode isError = mended.path("isError");
        if (!isError.isMissingNode() && !isError.isBoolean()) {
            mended.put("isError", isError.asBoolean(false));
        }
        return mended;
    }

    /** Returns the text of a result without content; {@code toolResult} is from 2024-10-07. */
    private static @Nullable JsonNode textual(ObjectNode result) {
        return result.has("structuredContent")
                ? NODES.stringNode(result.path("structuredContent").toString())
                : result.get("toolResult");
    }

    /** Returns a {@code GetPromptResult}, or null if the result has no messages. */
    public static @Nullable ObjectNode ofPrompt(JsonNode result) {
        ObjectNode mended = Member.keepOnly(copy(result, "messages"), PROMPT);
        JsonNode messages = mended.get("messages");
        if (messages == null) {
            return null;
        }
        ArrayNode all = NODES.arrayNode();
        each(messages).forEach(message -> addMessages(all, message));
        mended.set("messages", all);
        return mended;
    }

    private static void addMessages(ArrayNode all, JsonNode message) {
        if (!(message instanceof ObjectNode object) || isBlock(object)) {
            each(content(message)).forEach(block -> all.add(message(NODES.objectNode(), block)));
            return;
        }
        JsonNode content = object.has("content") ? object.get("content") : object.get("text");
        if (content instanceof ObjectNode block && isBlock(block) && isNamed(object, "role")) {
            all.add(message(object, ContentBlocks.of(block)));
        } else {
            content(content).forEach(block -> all.add(message(object, block)));
        }
    }

    /** Returns a message with one block; a message with several blocks becomes several messages. */
    private static ObjectNode message(ObjectNode given, JsonNode block) {
        ObjectNode message = NODES.objectNode();
        boolean assistant = given.path("role").asString("").equals("assistant");
        message.put("role", assistant ? "assistant" : "user");
        for (Map.Entry<String, JsonNode> member : given.properties()) {
            if (!member.getKey().equals("role") && !member.getKey().equals("text")) {
                message.set(member.getKey(), member.getValue());
            }
        }
        message.set("content", block);
        return message;
    }

    /** Returns a {@code ReadResourceResult}, or null if the result has no contents. */
    public static @Nullable ObjectNode ofResource(JsonNode result, String uri) {
        ObjectNode mended = copy(result, "contents");
        JsonNode contents = mended.get("contents");
        if (contents == null && (mended.has("text") || mended.has("blob"))) {
            contents = mended;
            mended = NODES.objectNode();
        }
        if (contents == null) {
            return null;
        }
        ArrayNode all = NODES.arrayNode();
        for (JsonNode one : each(contents)) {
            if (one instanceof ObjectNode object) {
                all.add(ContentBlocks.contents(object, uri));
            } else if (!one.isNull()) {
                all.add(NODES.objectNode().put("uri", uri).put("text", ContentBlocks.asText(one)));
            }
        }
        mended.set("contents", all);
        return mended;
    }

    /** Returns a shallow copy of an object; any other value becomes its main member. */
    private static ObjectNode copy(JsonNode result, String member) {
        ObjectNode copy = NODES.objectNode();
        if (result instanceof ObjectNode object) {
            copy.setAll(Member.keepOnly(object, OPTIONAL));
        } else if (!result.isNull()) {
            copy.set(member, result);
        }
        return copy;
    }

    private static ArrayNode content(@Nullable JsonNode given) {
        ArrayNode blocks = NODES.arrayNode();
        if (given == null) {
            return blocks;
        }
        for (JsonNode each : each(given)) {
            if (each instanceof ObjectNode object && isBlock(object)) {
                blocks.add(ContentBlocks.of(object));
            } else if (each instanceof ObjectNode object && isNamed(object, "text")) {
                blocks.add(ContentBlocks.of(Member.copy(object).put("type", "text")));
            } else if (!each.isNull()) {
                blocks.add(ContentBlocks.text(ContentBlocks.asText(each)));
            }
        }
        return blocks;
    }

    private static ArrayNode each(JsonNode node) {
        return node instanceof ArrayNode array ? array : NODES.arrayNode().add(node);
    }

    private static boolean isBlock(ObjectNode object) {
        return isNamed(object, "type");
    }

    private static boolean isNamed(ObjectNode object, String member) {
        return object.path(member).isString();
    }
}
