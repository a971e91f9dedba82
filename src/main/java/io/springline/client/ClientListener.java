package io.springline.client;

import io.springline.jsonrpc.JsonRpcMessage;

/**
 * Hears what a {@link McpWebSocketClient} receives. Called by one thread, in order; nothing more is
 * read before a call returns, so it must neither block for long nor wait for an answer.
 */
public interface ClientListener {

    /** Hears nothing. */
    ClientListener NONE = new ClientListener() {};

    /**
     * A request or notification of the server, or the answer to a request that was sent with {@link
     * McpWebSocketClient#send}. A request wants exactly one response, by {@code send}.
     */
    default void received(JsonRpcMessage message) {}

    default void stateChanged(ClientState state) {}
}
