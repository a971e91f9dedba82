package io.springline.feature;

import java.util.List;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a tool call gave: a {@code CallToolResult}.
 *
 * @param json with at least {@code content}; owned by the result
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

    /** The tool failed in a way that the model can read and act upon. */
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

    /** Structured content, repeated as text for clients that know no structured content. */
    public static ToolResult structured(JsonNode value) {
        ToolResult result = text(value.toString());
        result.json.set("structuredContent", value);
        return result;
    }

    public boolean isError() {
        return json.path("isError").asBoolean(false);
    }
}
