package io.springline.toolcall;

import io.springline.feature.ToolCall;
import io.springline.feature.ToolCallFilter;
import io.springline.feature.result.ToolResult;
import io.springline.jsonrpc.JsonRpcError;

/**
 * A filter of results that computes and never blocks. It runs within the client's processor share.
 */
interface ComputingFilter extends ToolCallFilter {

    @Override
    ToolResult after(ToolCall call, ToolResult result);

    @Override
    default JsonRpcError failed(ToolCall call, JsonRpcError error) {
        return error;
    }
}
