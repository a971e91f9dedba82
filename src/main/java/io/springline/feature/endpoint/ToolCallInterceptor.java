package io.springline.feature.endpoint;

import io.springline.feature.ToolCall;
import io.springline.feature.ToolHandler;
import io.springline.feature.result.ToolOutcome;
import io.springline.feature.result.ToolResult;
import io.springline.session.limit.ProcessorShare;
import java.util.concurrent.Callable;
import tools.jackson.databind.node.ObjectNode;

/** The one place through which every tool call passes, of every endpoint, in each of its rounds. */
@FunctionalInterface
public interface ToolCallInterceptor {

    /** Calls the tool and nothing else. */
    ToolCallInterceptor NONE =
            new ToolCallInterceptor() {
                @Override
                public ToolOutcome call(
                        ToolCall call, ObjectNode arguments, ProcessorShare share, ToolHandler tool)
                        throws Exception {
                    return tool.call(call.context(), arguments);
                }

                @Override
                public boolean isNonBlocking() {
                    return true;
                }
            };

    /**
     * Calls {@code tool}, or answers without it.
     *
     * @param arguments those of the client, valid; must not be modified
     * @param share limits the processor time of the client
     * @param tool runs the handler. Checks arguments that differ from the client's
     */
    ToolOutcome call(ToolCall call, ObjectNode arguments, ProcessorShare share, ToolHandler tool)
            throws Exception;

    /** Returns true if {@link #call} does not block but in the tool. */
    default boolean isNonBlocking() {
        return false;
    }

    /**
     * Returns the outcome of a call that was made earlier, as a task of another server.
     *
     * @param outcome gives the result, or throws the error of the call
     */
    default ToolOutcome outcome(ToolCall call, ProcessorShare share, Callable<ToolResult> outcome)
            throws Exception {
        return outcome.call();
    }
}
