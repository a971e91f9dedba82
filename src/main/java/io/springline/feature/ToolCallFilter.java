package io.springline.feature;

import io.springline.feature.result.ToolResult;
import io.springline.jsonrpc.JsonRpcError;
import tools.jackson.databind.node.ObjectNode;

/**
 * Changes or refuses tool calls, and changes their results. Each Spring bean of this type sees all
 * calls, of tools of this server and of upstreams, at all endpoints.
 *
 * <p>If there are several filters, {@link #before} runs in the order of the beans ({@code @Order}),
 * and {@link #after} and {@link #failed} in the reverse order. Filters run on the thread of the
 * call and may block. If a filter throws another exception than those named here, the call fails,
 * and the client learns only that.
 */
public interface ToolCallFilter {

    /**
     * Called before the tool runs, with valid arguments. Must return the same arguments each time:
     * if the tool asks the client for input, it is called again with each answer.
     *
     * @param arguments may be modified
     * @return the arguments to call the tool with
     * @throws ToolCallRefusedException to refuse the call
     */
    default ObjectNode before(ToolCall call, ObjectNode arguments) throws Exception {
        return arguments;
    }

    /**
     * Called with the result, also if it {@linkplain ToolResult#isError is an error}. If the client
     * has the task of an upstream, called each time that the client reads the result, without
     * {@link #before}.
     *
     * @param result must not be modified
     * @return the result for the client
     */
    default ToolResult after(ToolCall call, ToolResult result) throws Exception {
        return result;
    }

    /**
     * Called if the call fails with a JSON-RPC error, for example that of an upstream.
     *
     * @param error must not be modified
     * @return the error for the client
     */
    default JsonRpcError failed(ToolCall call, JsonRpcError error) throws Exception {
        return error;
    }
}
