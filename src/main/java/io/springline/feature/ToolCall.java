package io.springline.feature;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A call of a tool, as filters see it.
 *
 * @param tool the tool as this endpoint offers it
 * @param context the request and its client
 * @param endpoint the name of the endpoint, empty for the main one
 */
public record ToolCall(Tool tool, RequestContext context, String endpoint) {

    public ToolCall {
        Objects.requireNonNull(tool, "tool");
        Objects.requireNonNull(context, "context");
        Objects.requireNonNull(endpoint, "endpoint");
    }

    /** Creates a call at the main endpoint. */
    public ToolCall(Tool tool, RequestContext context) {
        this(tool, context, "");
    }

    /** Returns the name by which the client calls the tool. */
    public String name() {
        return tool.name();
    }

    /** Returns the name of the upstream that has the tool; null for a tool of this server. */
    public @Nullable String upstream() {
        return tool.upstream();
    }
}
