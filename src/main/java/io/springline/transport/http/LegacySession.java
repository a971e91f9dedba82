package io.springline.transport.http;

import io.springline.audit.AuditLog;
import io.springline.jsonrpc.RequestId;
import io.springline.mcp.CloseReason;
import io.springline.mcp.ProtocolVersion;
import io.springline.session.LegacyState.LegacyClient;
import io.springline.session.McpSession;
import io.springline.session.Transport;
import io.springline.session.limit.EndpointConnections;
import io.springline.transport.ConnectionView;
import io.springline.transport.handshake.RequestAdmission.Admitted;
import io.springline.transport.http.stream.SessionStreams;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

/** An HTTP session that was opened by {@code initialize}, with its counters. */
final class LegacySession {

    private final String id;
    private final McpSession session;
    private final SessionStreams streams;
    private final EndpointConnections atEndpoint;
    private final String principal;
    private final String addressKey;
    private final String address;
    private final Instant openedAt = Instant.now();
    private final AtomicLong received = new AtomicLong();
    private volatile long lastUsedNanos = System.nanoTime();
    private volatile long lastMessageMillis = System.currentTimeMillis();

    /**
     * @param id the value of the {@code Mcp-Session-Id} header
     * @param client the client that has opened it. Only the same principal may use the session
     * @param atEndpoint counts the session while it is open
     */
    LegacySession(
            String id,
            McpSession session,
            SessionStreams streams,
            Admitted client,
            EndpointConnections atEndpoint) {
        this.id = id;
        this.session = session;
        this.streams = streams;
        this.atEndpoint = atEndpoint;
        this.principal = client.caller().name();
        this.addressKey = client.addressKey();
        this.address = client.address();
    }

    String id() {
        return id;
    }

    McpSession session() {
        return session;
    }

    SessionStreams streams() {
        return streams;
    }

    EndpointConnections atEndpoint() {
        return atEndpoint;
    }

    String principal() {
        return principal;
    }

    /** Returns the key by which limits count the address that has opened the session. */
    String addressKey() {
        return addressKey;
    }

    /**
     * Returns true if the client accepts events without data, from whose id it can resume
     * (2025-11-25).
     */
    boolean isPrimed() {
        LegacyClient client = session.legacy().client();
        return client != null && client.version() == ProtocolVersion.V2025_11_25;
    }

    /** Returns true if the request is running, on this node or another. */
    boolean runs(RequestId request) {
        return session.inFlight().find(request) != null
                || session.persistence().runsElsewhere(request);
    }

    void used() {
        lastUsedNanos = System.nanoTime();
    }

    /** Counts received messages. */
    void received(int messages) {
        received.addAndGet(messages);
        lastMessageMillis = System.currentTimeMillis();
        used();
    }

    ConnectionView view() {
        return ConnectionView.http(
                session,
                address,
                openedAt,
                Instant.ofEpochMilli(lastMessageMillis),
                received.get(),
                streams.sentCount(),
                streams.count(),
                streams.queuedBytes());
    }

    void auditOpened() {
        AuditLog.connectionOpened(streams.id(), principal, address);
        AuditLog.sessionOpened(
                session.connection().id(), streams.id(), Transport.HTTP.label(), principal);
    }

    void auditClosed(CloseReason reason) {
        AuditLog.connectionClosed(
                streams.id(), principal, reason.label(), Duration.between(openedAt, Instant.now()));
    }

    /** Writes to the audit log that the session was taken over from another node. */
    void auditResumed() {
        AuditLog.connectionOpened(streams.id(), principal, address);
        AuditLog.sessionTakenOver(
                session.connection().id(), streams.id(), Transport.HTTP.label(), principal);
    }

    long lastUsedNanos() {
        return lastUsedNanos;
    }

    boolean isInUse() {
        return !streams.isUnused() || !session.inFlight().isIdle();
    }
}
