package io.springline.transport;

import io.springline.session.Caller;
import io.springline.session.McpSession;
import io.springline.session.Peer;
import io.springline.session.Transport;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What an operator sees of a connection. Over HTTP, a session is one, and so is a request without a
 * session.
 *
 * @param peer what the client says of itself; null before its first request
 * @param subprotocol as negotiated, or null when the client offered none
 * @param streams HTTP responses that are open; null over WebSocket
 * @param queuedBytes waiting to be read by the client
 * @param roundTripMillis of the last heartbeat, or null before the first
 * @param resumable the id of the resumable session that it carries, or null for a plain one
 * @param traffic whether its messages are logged
 */
public record ConnectionView(
        String id,
        Transport transport,
        Caller caller,
        String remoteAddress,
        @Nullable Peer peer,
        @Nullable String subprotocol,
        Instant connectedAt,
        Instant lastMessageAt,
        long messagesReceived,
        long messagesSent,
        int inFlight,
        @Nullable Integer streams,
        long queuedBytes,
        @Nullable Double roundTripMillis,
        @Nullable String resumable,
        boolean traffic) {

    /** Returns the view of an HTTP session. */
    public static ConnectionView http(
            McpSession session,
            String remoteAddress,
            Instant connectedAt,
            Instant lastMessageAt,
            long messagesReceived,
            long messagesSent,
            int streams,
            long queuedBytes) {
        return new ConnectionView(
                session.connection().socketId(),
                Transport.HTTP,
                session.caller(),
                remoteAddress,
                session.peer(),
                null,
                connectedAt,
                lastMessageAt,
                messagesReceived,
                messagesSent,
                session.inFlight().count(),
                streams,
                queuedBytes,
                null,
                session.isResumable() ? session.connection().id() : null,
                false);
    }
}
