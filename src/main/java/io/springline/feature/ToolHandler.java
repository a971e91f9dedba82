package io.springline.feature;

import io.springline.feature.result.ToolOutcome;
import io.springline.feature.result.ToolResult;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Executes a tool. Runs on a virtual thread and may block, unless it says that it does not. */
@FunctionalInterface
public interface ToolHandler {

    /**
     * @param arguments valid against the tool's input schema
     * @throws Exception is logged. The client learns only that the tool has failed; to give a
     *     reason, return {@link ToolResult#error}
     */
    ToolOutcome call(RequestContext context, ObjectNode arguments) throws Exception;

    /**
     * Waits for what the call needs from a person before it can begin. Meanwhile the call does not
     * count as running for {@code springline.call-limits}.
     *
     * @return the outcome if the call cannot begin; null if it can
     */
    default @Nullable ToolOutcome prepare(RequestContext context) throws Exception {
        return null;
    }

    /**
     * Returns true if {@link #prepare} and {@link #call} would return soon and not wait for
     * anything. They may then run on a thread that serves many clients, which a cancellation does
     * not interrupt.
     */
    default boolean isNonBlocking(RequestContext context) {
        return false;
    }
}
