package io.springline.client;

/**
 * The state of a {@link McpWebSocketClient}.
 *
 * <pre>
 * Connecting → Open ⇄ Resuming
 *     ↑          ↑       ↓
 *     └──── Lost ┴───────┘      any → Closed
 * </pre>
 */
public sealed interface ClientState {

    /** The client is opening a connection. It has no session. */
    record Connecting() implements ClientState {}

    /**
     * The connection is open, and messages are exchanged.
     *
     * @param session the number of the session, from 1. A higher number than before means a new
     *     session: the server has lost the state of the previous one. The client has repeated
     *     {@code initialize}, the log level and resource subscriptions
     * @param resumable true if the session can be resumed after the connection breaks; false if the
     *     server does not support it
     */
    record Open(int session, boolean resumable) implements ClientState {}

    /** The connection is lost. The client reconnects and will try to resume the session. */
    record Resuming() implements ClientState {}

    /**
     * The server no longer has the session. The outcome of calls in flight is unknown. The client
     * opens a new session.
     *
     * @param reason the server's reason: {@code unknown}, {@code expired}, {@code overflow} or
     *     {@code not-yours}; or {@code not-resumable} if the server does not support resumable
     *     sessions
     */
    record Lost(String reason) implements ClientState {}

    /**
     * The client is closed and will not reconnect: {@link McpWebSocketClient#close()} was called,
     * or the server refused the client permanently.
     *
     * @param reason a text for people: what happened, and what they can do
     */
    record Closed(String reason) implements ClientState {}
}
