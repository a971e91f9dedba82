package io.springline.dispatch.call;

import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.mcp.McpMethod;
import io.springline.mcp.ProtocolVersion;
import io.springline.session.Caller;
import io.springline.session.Transport;
import java.util.List;

/**
 * Receives the outcome of each request. Called on the thread that serves the request or reads its
 * message; must return quickly and must not throw.
 */
public interface RequestObserver {

    /** The outcome of a request. */
    enum Outcome {
        RESULT,
        /** A tool result with {@code isError}. */
        TOOL_ERROR,
        /**
         * Modern clients only: the client must repeat the request with the input that it was asked
         * for.
         */
        INPUT_REQUIRED,
        ERROR,
        /** The client cancelled the request or disconnected, or the request timed out. */
        CANCELLED
    }

    /**
     * Called when a request has ended.
     *
     * @param nanos from the arrival of the request to the queueing of its answer
     */
    default void ended(
            McpMethod method,
            ProtocolVersion version,
            Transport transport,
            Outcome outcome,
            long nanos) {}

    /** Called before {@link #ended} if a request was answered with an error. */
    default void failed(McpMethod method, Caller caller, JsonRpcError error) {}

    /** Called when a message was answered with an error before its method was known or accepted. */
    default void refused(ErrorResponse error) {}

    /** Returns an observer that calls all of these, in order. */
    static RequestObserver all(List<RequestObserver> observers) {
        return switch (observers.size()) {
            case 0 -> NONE;
            case 1 -> observers.getFirst();
            default -> new RequestObservers(List.copyOf(observers));
        };
    }

    /** Does nothing. */
    RequestObserver NONE = new RequestObserver() {};
}
