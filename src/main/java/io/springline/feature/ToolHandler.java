package io.springline.feature;

import tools.jackson.databind.node.ObjectNode;

/** The work behind a tool. Runs on a virtual thread of its own and may block. */
@FunctionalInterface
public interface ToolHandler {

    /**
     * @param arguments valid against the tool's input schema
     * @throws Exception is logged, and the client is told that the tool failed, not why; to tell it
     *     why return {@link ToolResult#error}
     */
    ToolOutcome call(RequestContext context, ObjectNode arguments) throws Exception;
}
