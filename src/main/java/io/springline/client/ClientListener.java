package io.springline.client;

import io.springline.jsonrpc.JsonRpcMessage;

/**
 * Receives the messages and state changes of a {@link McpWebSocketClient}. One thread calls the
 * methods, in order; it does nothing else but complete the futures of {@link
 * McpWebSocketClient#request}, so a call must not wait for a response. While a call blocks, the
 * client sends, reconnects and keeps up to 32 MB of messages for the listener; then it reads no
 * more until the call returns.
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
     * Called after each change of the client's state. A listener whose queue is full may miss
     * changes, but never the last one, {@link ClientState.Closed}.
     */
    default void stateChanged(ClientState state) {}
}
