package io.springline.feature;

import io.springline.feature.result.ToolOutcome;
import io.springline.feature.result.ToolResult;
import tools.jackson.databind.node.ObjectNode;

/** Executes a tool. Runs on a virtual thread and may block. */
@FunctionalInterface
public interface ToolHandler {

    /**
     * @param arguments valid against the tool's input schema
     * @throws Exception is logged. The client learns only that the tool has failed; to give a
     *     reason, return {@link ToolResult#error}
     */
    ToolOutcome call(RequestContext context, ObjectNode arguments) throws Exception;
}
