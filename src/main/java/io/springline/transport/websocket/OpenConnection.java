package io.springline.transport.websocket;

import io.springline.session.McpSession;
import io.springline.session.Transport;
import io.springline.transport.ConnectionView;
import io.springline.transport.handshake.ConnectionPermit;
import io.springline.transport.websocket.jetty.InlineExecutor;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A connection with its session, its limits and its counters of received messages. */
public final class OpenConnection {

    private final WebSocketConnection connection;
    private final ConnectionPermit permit;
    private final String remoteAddress;
    private final @Nullable String subprotocol;
    private final InboundRateLimiter inbound;
    private final InlineExecutor calls;
    private final ConnectionEnd end = new ConnectionEnd(Thread::startVirtualThread);
    private final long connectedAtMillis;
    private volatile McpSession session;
    private volatile long lastMessageAtMillis;
    private volatile long messagesReceived;

    OpenConnection(
            WebSocketConnection connection,
            McpSession session,
            ConnectionPermit permit,
            String remoteAddress,
            @Nullable String subprotocol,
            InboundRateLimiter inbound,
            InlineExecutor calls,
            long nowMillis) {
        this.connection = connection;
        this.session = session;
        this.permit = permit;
        this.remoteAddress = remoteAddress;
        this.subprotocol = subprotocol;
        this.inbound = inbound;
        this.calls = calls;
        this.connectedAtMillis = nowMillis;
        this.lastMessageAtMillis = nowMillis;
    }

    public String id() {
        return connection.id();
    }

    public WebSocketConnection connection() {
        return connection;
    }

    public McpSession session() {
        return session;
    }

    /** Sets the session after the client has resumed another one. */
    public void session(McpSession resumed) {
        if (resumed != session) {
            session = resumed;
        }
    }

    ConnectionPermit permit() {
        return permit;
    }

    String remoteAddress() {
        return remoteAddress;
    }

    @Nullable String subprotocol() {
        return subprotocol;
    }

    InboundRateLimiter inbound() {
        return inbound;
    }

    InlineExecutor calls() {
        return calls;
    }

    ConnectionEnd end() {
        return end;
    }

    public Instant connectedAt() {
        return Instant.ofEpochMilli(connectedAtMillis);
    }

    Instant lastMessageAt() {
        return Instant.ofEpochMilli(lastMessageAtMillis);
    }

    long messagesReceived() {
        return messagesReceived;
    }

    /** Counts a message. Called only by the thread that reads this connection. */
    @SuppressWarnings("NonAtomicOperationOnVolatileField")
    void received(long nowMillis) {
        lastMessageAtMillis = nowMillis;
        messagesReceived++;
    }

    ConnectionView view() {
        long roundTrip = connection.life().roundTripNanos();
        return new ConnectionView(
                id(),
                Transport.WEBSOCKET,
                session().caller(),
                remoteAddress(),
                session().peer(),
                subprotocol(),
                connectedAt(),
                lastMessageAt(),
                messagesReceived(),
                connection.messagesSent(),
                session().inFlight().count(),
                null,
                connection.queuedBytes(),
                roundTrip < 0 ? null : roundTrip / 1e6,
                session().isResumable() ? session().connection().id() : null,
                connection.tap() != null);
    }
}
