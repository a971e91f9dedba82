package io.springline.relay.attach;

import io.springline.audit.AuditLog;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.transport.handshake.Handshake;
import io.springline.transport.websocket.Heartbeat;
import io.springline.transport.websocket.WebSocketConnection;
import io.springline.transport.websocket.jetty.JettySocket;
import io.springline.transport.websocket.jetty.Utf8Message;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
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
            AttachedTransport transport,
            String principal,
            Instant since,
            AtomicBoolean handling) {}

    private final AttachedServers servers;
    private final Function<JettySocket, WebSocketConnection> connections;
    private final Heartbeat heartbeat;
    private final JsonRpcCodec codec;
    private final long maxQueuedBytes;

    /**
     * @param connections creates the connection of a socket
     * @param maxQueuedBytes a server that has not read as much gets no further calls
     */
    AttachHandler(
            AttachedServers servers,
            Function<JettySocket, WebSocketConnection> connections,
            Heartbeat heartbeat,
            JsonRpcCodec codec,
            long maxQueuedBytes) {
        this.servers = servers;
        this.connections = connections;
        this.heartbeat = heartbeat;
        this.codec = codec;
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
        var transport =
                new AttachedTransport(
                        connection, codec, request.credential().profile(), maxQueuedBytes);
        String principal = Handshake.caller(socket.getAttributes()).name();
        var attached =
                new Attached(connection, transport, principal, Instant.now(), new AtomicBoolean());
        socket.getAttributes().put(ATTACHED, attached);
        heartbeat.watch(connection, attached.handling()::get);
        AuditLog.connectionOpened(connection.id(), principal, request.address());
        servers.connected(request, transport);
    }

    @Override
    public void handleMessage(WebSocketSession socket, WebSocketMessage<?> message)
            throws InterruptedException {
        if (!(socket.getAttributes().get(ATTACHED) instanceof Attached attached)) {
            throw new IllegalStateException("a message before the connection is open");
        }
        attached.handling().set(true);
        try {
            switch (message) {
                case PongMessage pong ->
                        attached.connection().pong(pong.getPayload(), System.nanoTime());
                case Utf8Message(var text) -> attached.transport().received(text);
                case BinaryMessage binary -> {
                    byte[] bytes = new byte[binary.getPayloadLength()];
                    binary.getPayload().get(bytes);
                    attached.transport().received(bytes);
                }
                default -> log.debug("ignored: {}", message);
            }
        } finally {
            attached.connection().received();
            attached.handling().set(false);
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
            Thread.startVirtualThread(() -> ended(attached, status));
        }
    }

    private void ended(Attached attached, CloseStatus status) {
        var ours = attached.connection().closing();
        String reason =
                ours != null
                        ? ours.text()
                        : "the server ended the connection with code " + status.getCode();
        attached.transport().ended(reason);
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
