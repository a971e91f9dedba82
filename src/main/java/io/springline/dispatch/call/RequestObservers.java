package io.springline.dispatch.call;

import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.mcp.McpMethod;
import io.springline.mcp.ProtocolVersion;
import io.springline.session.Caller;
import io.springline.session.Transport;
import java.util.List;

/** Several observers as one. Calls them in the order of the list. */
record RequestObservers(List<RequestObserver> observers) implements RequestObserver {

    @Override
    public void ended(
            McpMethod method,
            ProtocolVersion version,
            Transport transport,
            Outcome outcome,
            long nanos) {
        for (RequestObserver each : observers) {
            each.ended(method, version, transport, outcome, nanos);
        }
    }

    @Override
    public void failed(McpMethod method, Caller caller, JsonRpcError error) {
        for (RequestObserver each : observers) {
            each.failed(method, caller, error);
        }
    }

    @Override
    public void refused(ErrorResponse error) {
        for (RequestObserver each : observers) {
            each.refused(error);
        }
    }
}
