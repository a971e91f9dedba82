package io.springline.transport.websocket;

import io.springline.session.Caller;
import io.springline.session.McpSession;
import io.springline.session.Peer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What an operator sees of a connection.
 *
 * @param peer what the client says of itself; null before its first request
 * @param subprotocol as negotiated, or null when the client offered none
 * @param queuedBytes waiting to be read by the client
 * @param roundTripMillis of the last heartbeat, or null before the first
 * @param resumable the id of the resumable session that it carries, or null for a plain one
 * @param traffic whether its messages are logged
 */
public record ConnectionView(
        String id,
        Caller caller,
        String remoteAddress,
        @Nullable Peer peer,
        @Nullable String subprotocol,
        Instant connectedAt,
        Instant lastMessageAt,
        long messagesReceived,
        long messagesSent,
        int inFlight,
        long queuedBytes,
        @Nullable Double roundTripMillis,
        @Nullable String resumable,
        boolean traffic) {

    static ConnectionView of(OpenConnection open) {
        McpSession session = open.session();
        WebSocketConnection connection = open.connection();
        long roundTrip = connection.life().roundTripNanos();
        return new ConnectionView(
                open.id(),
                session.caller(),
                open.remoteAddress(),
                session.peer(),
                open.subprotocol(),
                open.connectedAt(),
                open.lastMessageAt(),
                open.messagesReceived(),
                connection.messagesSent(),
                session.inFlight().count(),
                connection.queuedBytes(),
                roundTrip < 0 ? null : roundTrip / 1e6,
                session.isResumable() ? session.connection().id() : null,
                connection.tap() != null);
    }
}
