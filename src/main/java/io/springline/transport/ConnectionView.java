package io.springline.transport;

import io.springline.session.Caller;
import io.springline.session.McpSession;
import io.springline.session.Peer;
import io.springline.session.Transport;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The state of a connection, for operators. Over HTTP, a session counts as a connection, and so
 * does a request without a session.
 *
 * @param peer the client's name and version as it reports them, or null before its first request
 * @param subprotocol as negotiated, or null for none
 * @param streams number of open HTTP responses; null for a WebSocket connection
 * @param queuedBytes in the outbound queue
 * @param roundTripMillis of the last answered ping, or null before the first
 * @param resumable the id of the resumable session on the connection, or null for none
 * @param traffic true if its messages are logged
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
