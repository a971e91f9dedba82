package io.springline.feature.result;

import java.util.List;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The result of a tool call ({@code CallToolResult}).
 *
 * @param json has at least {@code content}; must not be modified by others afterwards
 */
public record ToolResult(ObjectNode json) implements ToolOutcome {

    public ToolResult {
        Objects.requireNonNull(json, "json");
        if (!json.path("content").isArray()) {
            throw new IllegalArgumentException("a tool result needs a content array");
        }
    }

    public static ToolResult text(String text) {
        return content(List.of(Content.text(text)));
    }

    /** Returns an {@code isError} result, whose text the client's model can read and act upon. */
    public static ToolResult error(String text) {
        ToolResult result = text(text);
        result.json.put("isError", true);
        return result;
    }

    /**
     * @param blocks see {@link Content}
     */
    public static ToolResult content(List<ObjectNode> blocks) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.putArray("content").addAll(blocks);
        return new ToolResult(json);
    }

    /**
     * Returns structured content, with its JSON as text for clients that do not support structured
     * content.
     */
    public static ToolResult structured(JsonNode value) {
        ToolResult result = text(value.toString());
        result.json.set("structuredContent", value);
        return result;
    }

    public boolean isError() {
        return json.path("isError").asBoolean(false);
    }
}
