package io.springline.dispatch.call;

import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.mcp.McpMethod;
import io.springline.mcp.ProtocolVersion;
import io.springline.session.Caller;
import java.util.List;

/**
 * Is told how each request ended. Called on the request's thread; must be quick and must not throw.
 */
public interface RequestObserver {

    /** How a request ended. */
    enum Outcome {
        RESULT,
        /** A tool result with {@code isError}. */
        TOOL_ERROR,
        /** Modern only: the client has to come back with input. */
        INPUT_REQUIRED,
        ERROR,
        /** By the client, because it left, or because its time was up. */
        CANCELLED
    }

    /**
     * @param nanos from reading the request to queueing its answer
     */
    void ended(McpMethod method, ProtocolVersion version, Outcome outcome, long nanos);

    /** A request was answered with an error; called before {@link #ended}. */
    default void failed(McpMethod method, Caller caller, JsonRpcError error) {}

    /** A message was answered with an error before it was known what it asks for. */
    void refused(ErrorResponse error);

    /** All of them, one after the other. */
    static RequestObserver all(List<RequestObserver> observers) {
        return switch (observers.size()) {
            case 0 -> NONE;
            case 1 -> observers.getFirst();
            default -> new RequestObservers(List.copyOf(observers));
        };
    }

    /** Nobody watches. */
    RequestObserver NONE =
            new RequestObserver() {
                @Override
                public void ended(
                        McpMethod method, ProtocolVersion version, Outcome outcome, long nanos) {}

                @Override
                public void refused(ErrorResponse error) {}
            };
}
