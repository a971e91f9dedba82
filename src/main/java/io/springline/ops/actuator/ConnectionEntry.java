package io.springline.ops.actuator;

import io.springline.transport.ConnectionView;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A connection in the JSON of the operators' endpoints. Times are in ISO 8601, sizes in bytes. */
record ConnectionEntry(
        String id,
        String transport,
        String principal,
        String remoteAddress,
        Client client,
        @Nullable String era,
        @Nullable String protocolVersion,
        @Nullable String subprotocol,
        Instant connectedAt,
        Instant lastMessageAt,
        long messagesReceived,
        long messagesSent,
        int inFlight,
        @Nullable Integer streams,
        long queuedBytes,
        @Nullable Double rttMillis,
        @Nullable String session,
        boolean traffic,
        @Nullable String node) {

    static ConnectionEntry of(ConnectionView view) {
        return of(view, null);
    }

    static ConnectionEntry of(ConnectionView view, @Nullable String node) {
        var peer = view.peer();
        return new ConnectionEntry(
                view.id(),
                view.transport().label(),
                view.caller().name(),
                view.remoteAddress(),
                peer == null
                        ? new Client(null, null)
                        : new Client(peer.name(), peer.clientVersion()),
                peer == null ? null : peer.protocol().isModern() ? "modern" : "legacy",
                peer == null ? null : peer.protocol().wireName(),
                view.subprotocol(),
                view.connectedAt(),
                view.lastMessageAt(),
                view.messagesReceived(),
                view.messagesSent(),
                view.inFlight(),
                view.streams(),
                view.queuedBytes(),
                view.roundTripMillis(),
                view.resumable(),
                view.traffic(),
                node);
    }

    /** The name and version that the client has sent, or null. */
    record Client(@Nullable String name, @Nullable String version) {}
}
