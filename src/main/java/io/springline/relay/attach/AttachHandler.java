package io.springline.relay.attach;

import io.springline.audit.AuditLog;
import io.springline.mcp.CloseReason;
import io.springline.relay.attach.connection.AgentSessions;
import io.springline.session.Caller;
import io.springline.session.McpSession;
import io.springline.transport.handshake.Handshake;
import io.springline.transport.websocket.ConnectionEnd;
import io.springline.transport.websocket.Heartbeat;
import io.springline.transport.websocket.WebSocketConnection;
import io.springline.transport.websocket.jetty.JettySocket;
import io.springline.transport.websocket.jetty.Utf8Message;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.socket.BinaryMessage;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.PongMessage;
import org.springframework.web.socket.SubProtocolCapable;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.WebSocketMessage;
import org.springframework.web.socket.WebSocketSession;

/**
 * The WebSockets of servers that attach. Called by the container, for each connection by one thread
 * at a time.
 */
final class AttachHandler implements WebSocketHandler, SubProtocolCapable {

    private static final Logger log = LoggerFactory.getLogger(AttachHandler.class);
    private static final String ATTACHED = Attached.class.getName();

    private record Attached(
            WebSocketConnection connection,
            AttachedSocket socket,
            String principal,
            Instant since,
            ConnectionEnd end) {}

    /** Creates the connection of a socket, and a session for it. */
    interface SessionFactory {
        McpSession create(WebSocketConnection connection, Caller caller);
    }

    private final AttachedServers servers;
    private final AttachRegistration registration;
    private final AgentSessions agents;
    private final Function<JettySocket, WebSocketConnection> connections;
    private final SessionFactory sessions;
    private final Heartbeat heartbeat;
    private final long maxQueuedBytes;

    /**
     * @param connections creates the connection of a socket
     * @param maxQueuedBytes a server that has not read as much gets no further calls
     */
    AttachHandler(
            AttachedServers servers,
            AttachRegistration registration,
            AgentSessions agents,
            Function<JettySocket, WebSocketConnection> connections,
            SessionFactory sessions,
            Heartbeat heartbeat,
            long maxQueuedBytes) {
        this.servers = servers;
        this.registration = registration;
        this.agents = agents;
        this.connections = connections;
        this.sessions = sessions;
        this.heartbeat = heartbeat;
        this.maxQueuedBytes = maxQueuedBytes;
    }

    @Override
    public List<String> getSubProtocols() {
        return List.of("mcp");
    }

    @Override
    public void afterConnectionEstablished(WebSocketSession socket) {
        AttachRequest request = AttachRequest.of(socket.getAttributes());
        WebSocketConnection connection = connections.apply((JettySocket) socket);
        Caller caller = Handshake.caller(socket.getAttributes());
        McpSession session = sessions.create(connection, caller);
        AttachedSocket served =
                request.resumable()
                        ? new AgentSocket(
                                servers, registration, agents, request, connection, session)
                        : new PlainSocket(registration, request, session, maxQueuedBytes);
        var end = new ConnectionEnd(Thread::startVirtualThread);
        socket.getAttributes()
                .put(ATTACHED, new Attached(connection, served, caller.name(), Instant.now(), end));
        heartbeat.watch(connection, end::isHandlingMessage);
        AuditLog.connectionOpened(connection.id(), caller.name(), request.address());
        served.begin();
        end.finishMessage();
    }

    @Override
    public void handleMessage(WebSocketSession socket, WebSocketMessage<?> message)
            throws InterruptedException {
        if (!(socket.getAttributes().get(ATTACHED) instanceof Attached attached)) {
            throw new IllegalStateException("a message before the connection is open");
        }
        if (!attached.end().beginMessage()) {
            return;
        }
        try {
            switch (message) {
                case PongMessage pong ->
                        attached.connection().pong(pong.getPayload(), System.nanoTime());
                case Utf8Message(var text) -> attached.socket().handle(text);
                case BinaryMessage binary -> {
                    byte[] bytes = new byte[binary.getPayloadLength()];
                    binary.getPayload().get(bytes);
                    attached.socket().handle(bytes);
                }
                default -> log.debug("ignored: {}", message);
            }
        } finally {
            attached.connection().received();
            attached.end().finishMessage();
        }
    }

    @Override
    public void handleTransportError(WebSocketSession socket, Throwable cause) {
        log.debug("= {} failed: {}", socket.getId(), cause.toString());
    }

    /** Called on any thread, even one that is writing to this socket. */
    @Override
    public void afterConnectionClosed(WebSocketSession socket, CloseStatus status) {
        Handshake.permit(socket.getAttributes()).release();
        if (socket.getAttributes().get(ATTACHED) instanceof Attached attached) {
            heartbeat.unwatch(attached.connection());
            attached.connection().ended();
            attached.end().report(() -> ended(attached, status));
        }
    }

    private void ended(Attached attached, CloseStatus status) {
        var ours = attached.connection().closing();
        String reason =
                ours != null
                        ? ours.text()
                        : "the server ended the connection with code " + status.getCode();
        attached.socket()
                .ended(
                        reason,
                        ours == null
                                ? CloseReason.mayReconnect(status.getCode())
                                : ours.mayReconnect());
        AuditLog.connectionClosed(
                attached.connection().id(),
                attached.principal(),
                ours == null ? "peer" : ours.label(),
                Duration.between(attached.since(), Instant.now()));
    }

    @Override
    public boolean supportsPartialMessages() {
        return false;
    }
}
