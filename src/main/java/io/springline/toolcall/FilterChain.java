package io.springline.toolcall;

import io.springline.feature.ToolCall;
import io.springline.feature.ToolCallFilter;
import io.springline.feature.result.PendingOutcome;
import io.springline.feature.result.ToolOutcome;
import io.springline.feature.result.ToolResult;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.session.limit.ProcessorShare;
import java.util.List;
import java.util.concurrent.Callable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The filters of one call.
 *
 * @param filters the first one sees the arguments first, and the result last
 */
record FilterChain(List<ToolCallFilter> filters, ToolCall call, ProcessorShare share) {

    /** Runs the call with its arguments as the filters have changed them. */
    @FunctionalInterface
    interface Filtered {
        ToolOutcome call(ObjectNode arguments) throws Exception;
    }

    ToolOutcome run(ObjectNode arguments, Filtered tool) throws Exception {
        ObjectNode changed = arguments.deepCopy();
        for (ToolCallFilter filter : filters) {
            changed = filter.before(call, changed);
        }
        ObjectNode given = changed.equals(arguments) ? arguments : changed;
        return outcome(() -> tool.call(given));
    }

    /** Returns the outcome of a call as the filters have changed it. */
    ToolOutcome outcome(Callable<? extends ToolOutcome> made) throws Exception {
        ToolOutcome outcome;
        try {
            outcome = PendingOutcome.await(made.call());
        } catch (JsonRpcException e) {
            throw new JsonRpcException(failed(e.error()));
        }
        return outcome instanceof ToolResult result ? after(result) : outcome;
    }

    private ToolResult after(ToolResult result) throws Exception {
        ToolResult changed = result;
        for (ToolCallFilter filter : filters.reversed()) {
            changed = after(filter, changed);
        }
        return changed;
    }

    private JsonRpcError failed(JsonRpcError error) throws Exception {
        JsonRpcError changed = error;
        for (ToolCallFilter filter : filters.reversed()) {
            changed = failed(filter, changed);
        }
        return changed;
    }

    private ToolResult after(ToolCallFilter filter, ToolResult result) throws Exception {
        return filter instanceof ComputingFilter computing
                ? share.run(() -> computing.after(call, result))
                : filter.after(call, result);
    }

    private JsonRpcError failed(ToolCallFilter filter, JsonRpcError error) throws Exception {
        return filter instanceof ComputingFilter computing
                ? share.run(() -> computing.failed(call, error))
                : filter.failed(call, error);
    }
}
