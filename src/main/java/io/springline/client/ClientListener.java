package io.springline.client;

import io.springline.jsonrpc.JsonRpcMessage;

/**
 * Receives the messages and state changes of a {@link McpWebSocketClient}. One thread calls the
 * methods, in order. The client processes no further messages until a call returns, so a method
 * must not block for long or wait for a response.
 */
public interface ClientListener {

    /** A listener that ignores everything. */
    ClientListener NONE = new ClientListener() {};

    /**
     * Called with each request and notification of the server, and with the response to each
     * request that was sent by {@link McpWebSocketClient#send}. The listener must send exactly one
     * response to each request, by {@code send}.
     */
    default void received(JsonRpcMessage message) {}

    /** Called after each change of the client's state. */
    default void stateChanged(ClientState state) {}
}
