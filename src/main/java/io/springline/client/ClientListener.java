package io.springline.client;

import io.springline.jsonrpc.JsonRpcMessage;

/**
 * Receives the messages and state changes of a {@link McpWebSocketClient}. One thread calls the
 * methods, in order; it does nothing else but complete the futures of {@link
 * McpWebSocketClient#request}. While a call blocks, the client reconnects if necessary, but
 * receives no further messages, so a call must not wait for a response.
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

    /**
     * Called after each change of the client's state. A listener that blocks for very long may miss
     * changes, but never the last one, {@link ClientState.Closed}.
     */
    default void stateChanged(ClientState state) {}
}
