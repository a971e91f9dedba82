package io.springline.test;

import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * The result of a tool call.
 *
 * @param json the result as the server has sent it
 */
public record ToolResult(JsonNode json) {

    /** Returns the texts of the content, separated by line breaks; empty if there are none. */
    public String text() {
        return json.path("content")
                .valueStream()
                .filter(each -> each.path("type").asString("").equals("text"))
                .map(each -> each.path("text").asString(""))
                .collect(Collectors.joining("\n"));
    }

    /** Returns true if the tool has failed; {@link #text} has the reason. */
    public boolean isError() {
        return json.path("isError").asBoolean(false);
    }

    /** Returns the structured content; a missing node if there is none. */
    public JsonNode structured() {
        return json.path("structuredContent");
    }
}
