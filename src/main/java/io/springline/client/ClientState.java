package io.springline.client;

/**
 * How a {@link McpWebSocketClient} stands.
 *
 * <pre>
 * Connecting → Open ⇄ Resuming
 *     ↑          ↑       ↓
 *     └──── Lost ┴───────┘      any → Closed
 * </pre>
 */
public sealed interface ClientState {

    /** There is no session yet, or none any more, and a connection is being opened. */
    record Connecting() implements ClientState {}

    /**
     * Messages flow.
     *
     * @param session counts the sessions of this client, from 1; a higher one than before says that
     *     the server has forgotten all it was told, but for what the client has repeated by itself
     * @param resumable whether a cut will be survived; false with a server that cannot resume
     */
    record Open(int session, boolean resumable) implements ClientState {}

    /** The connection was cut; the session is expected to be found again. */
    record Resuming() implements ClientState {}

    /**
     * The session is gone, and what became of calls in flight is unknown. A new one is opened.
     *
     * @param reason {@code unknown}, {@code expired}, {@code overflow} or {@code not-yours} as the
     *     server says, or {@code not-resumable}: it never could
     */
    record Lost(String reason) implements ClientState {}

    /**
     * The end: by {@link McpWebSocketClient#close()}, or since coming back is of no use.
     *
     * @param reason for people, and what they can do
     */
    record Closed(String reason) implements ClientState {}
}
