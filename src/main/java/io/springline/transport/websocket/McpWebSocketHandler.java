package io.springline.transport.websocket;

import io.springline.audit.AuditLog;
import io.springline.concurrent.NonBlockingTask;
import io.springline.dispatch.McpDispatcher;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.mcp.CloseReason;
import io.springline.session.McpSession;
import io.springline.transport.TransportStatistics;
import io.springline.transport.websocket.jetty.JettySocket;
import io.springline.transport.websocket.jetty.NonBlockingHandler;
import io.springline.transport.websocket.jetty.Utf8Message;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.socket.BinaryMessage;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.PongMessage;
import org.springframework.web.socket.SubProtocolCapable;
import org.springframework.web.socket.WebSocketMessage;
import org.springframework.web.socket.WebSocketSession;

/**
 * Connects WebSocket messages to the dispatcher: one WebSocket message is one JSON-RPC message.
 * Called by Jetty, by one thread at a time per connection, except {@link #afterConnectionClosed}.
 */
final class McpWebSocketHandler implements NonBlockingHandler, SubProtocolCapable {

    private static final Logger log = LoggerFactory.getLogger(McpWebSocketHandler.class);
    private static final String OPEN = OpenConnection.class.getName();

    /** The subprotocol for messages in CBOR. */
    static final String CBOR = "mcp.cbor";

    private static final String JSON = "mcp";

    private final ConnectionFactory factory;
    private final Connections connections;
    private final McpDispatcher dispatcher;
    private final TransportStatistics statistics;
    private final List<String> subprotocols;

    /**
     * @param binary true if clients may choose CBOR
     */
    McpWebSocketHandler(
            ConnectionFactory factory,
            Connections connections,
            McpDispatcher dispatcher,
            TransportStatistics statistics,
            boolean binary) {
        this.factory = factory;
        this.connections = connections;
        this.dispatcher = dispatcher;
        this.statistics = statistics;
        this.subprotocols = binary ? List.of(JSON, CBOR) : List.of(JSON);
    }

    /** Returns the supported subprotocols. The first one in the client's offer is selected. */
    @Override
    public List<String> getSubProtocols() {
        return subprotocols;
    }

    @Override
    public void afterConnectionEstablished(WebSocketSession socket) {
        OpenConnection open = factory.open((JettySocket) socket);
        socket.getAttributes().clear(); // what the handshake has left
        socket.getAttributes().put(OPEN, open);
        connections.add(open);
        statistics.opened();
        AuditLog.connectionOpened(open.id(), open.session().caller().name(), open.remoteAddress());
        log.debug("= {} open", open.id());
        open.end().finishMessage();
    }

    @Override
    public void handleMessage(WebSocketSession socket, WebSocketMessage<?> message)
            throws InterruptedException {
        OpenConnection open = open(socket);
        if (!open.end().beginMessage()) {
            return;
        }
        try {
            handle(open, message);
        } finally {
            finished(open);
        }
    }

    /** Serves tool calls. Everything else may block, and is left. */
    @Override
    public @Nullable BlockingWork handleWithoutBlocking(
            WebSocketSession socket, Utf8Message message) {
        OpenConnection open = open(socket);
        if (!open.end().beginMessage()) {
            return null;
        }
        BlockingWork rest = null;
        try {
            rest = begin(open, message.payload());
        } finally {
            if (rest == null) {
                finished(open);
            }
        }
        return rest == null ? null : finishing(open, rest);
    }

    private static BlockingWork finishing(OpenConnection open, BlockingWork rest) {
        return () -> {
            try {
                rest.run();
            } finally {
                finished(open);
            }
        };
    }

    private @Nullable BlockingWork begin(OpenConnection open, byte[] text) {
        boolean within = count(open, text);
        var attempt = new NonBlockingAttempt(open, text);
        if (within && open.connection().isWritable() && open.session().share().tryRun(attempt)) {
            return attempt.rest;
        }
        return () -> {
            awaitTurn(open);
            accept(open, decode(open, text), open.calls());
        };
    }

    /** Serves a message as far as that does not block. Executes its call, and keeps it if not. */
    private final class NonBlockingAttempt implements Runnable, Executor {

        private final OpenConnection open;
        private final byte[] text;
        private @Nullable BlockingWork rest;

        NonBlockingAttempt(OpenConnection open, byte[] text) {
            this.open = open;
            this.text = text;
        }

        @Override
        public void run() {
            McpSession session = open.session();
            Decoded decoded = session.codec().decode(text);
            if (dispatcher.isNonBlocking(session, decoded)) {
                accept(open, decoded, this);
            } else {
                rest = () -> accept(open, decoded, open.calls());
            }
        }

        @Override
        public void execute(Runnable call) {
            if (!(call instanceof NonBlockingTask task && task.tryRun())) {
                rest = () -> open.calls().execute(call);
            }
        }
    }

    private static OpenConnection open(WebSocketSession socket) {
        if (socket.getAttributes().get(OPEN) instanceof OpenConnection open) {
            return open;
        }
        throw new IllegalStateException("a message arrived before the connection was open");
    }

    private static void finished(OpenConnection open) {
        open.connection().life().received();
        open.end().finishMessage();
    }

    private void handle(OpenConnection open, WebSocketMessage<?> message)
            throws InterruptedException {
        switch (message) {
            case PongMessage pong -> open.connection().pong(pong.getPayload(), System.nanoTime());
            case Utf8Message(var text) -> {
                received(open, text);
                accept(open, decode(open, text), open.calls());
            }
            case BinaryMessage binary -> {
                byte[] bytes = bytes(binary);
                received(open, bytes);
                handleBinary(open, bytes);
            }
            default -> log.debug("ignored: {}", message);
        }
    }

    private static byte[] bytes(BinaryMessage message) {
        byte[] bytes = new byte[message.getPayloadLength()];
        message.getPayload().get(bytes);
        return bytes;
    }

    private void received(OpenConnection open, byte[] payload) throws InterruptedException {
        count(open, payload);
        awaitTurn(open);
    }

    /** Counts a message. Returns whether the client is within its bytes per second. */
    private boolean count(OpenConnection open, byte[] payload) {
        open.received(System.currentTimeMillis());
        statistics.received();
        TrafficTap tap = open.connection().tap();
        if (tap != null) {
            tap.received(payload);
        }
        return open.inbound().count(payload.length);
    }

    /**
     * Blocks while the client does not read its answers or exceeds its bytes per second. Meanwhile
     * nothing more is read from the client.
     */
    private static void awaitTurn(OpenConnection open) throws InterruptedException {
        open.connection().awaitRoom();
        open.inbound().await(open.connection());
    }

    /** Decodes in the client's share of the processors, which may block. */
    private static Decoded decode(OpenConnection open, byte[] payload) {
        McpSession session = open.session();
        return session.share().run(() -> session.codec().decode(payload));
    }

    /** Serves a binary message. A client of JSON may send these too; answers are text messages. */
    private void handleBinary(OpenConnection open, byte[] bytes) {
        JsonRpcCodec codec = open.session().codec();
        Decoded decoded = decode(open, bytes);
        if (!codec.isBinary()
                && decoded instanceof Decoded.Malformed malformed
                && malformed.answer().error().code() == ErrorCode.PARSE_ERROR.code()) {
            open.connection().close(CloseReason.UNSUPPORTED_DATA);
        } else {
            accept(open, decoded, open.calls());
        }
    }

    private void accept(OpenConnection open, Decoded decoded, Executor calls) {
        if (recordMessage(open)) {
            open.session(dispatcher.accept(open.session(), decoded, calls));
        }
    }

    /**
     * Records that a message has arrived. Returns false if it must not be served: on a session that
     * is not resumable, no message after the server's close frame can be answered.
     */
    private static boolean recordMessage(OpenConnection open) {
        McpSession session = open.session();
        return session.isResumable()
                ? session.persistence().recordMessageFrom(open.connection())
                : open.connection().closing() == null;
    }

    @Override
    public void handleTransportError(WebSocketSession socket, Throwable cause) {
        log.debug("= {} failed: {}", socket.getId(), cause.toString());
    }

    /** Called on any thread, even on one that is writing to this socket. */
    @Override
    public void afterConnectionClosed(WebSocketSession socket, CloseStatus status) {
        if (socket.getAttributes().get(OPEN) instanceof OpenConnection open) {
            // Before the report, because the message that is being handled may block for room in
            // the queue.
            open.connection().ended();
            open.end().report(() -> closed(open, status));
        }
    }

    private void closed(OpenConnection open, CloseStatus status) {
        connections.remove(open);
        CloseReason reason = open.connection().closing();
        factory.closed(
                open,
                reason == null
                        ? CloseReason.mayReconnect(status.getCode())
                        : reason.mayReconnect());
        if (reason == null) {
            statistics.closedByPeer();
        } else {
            statistics.closed(reason);
        }
        AuditLog.connectionClosed(
                open.id(),
                open.session().caller().name(),
                reason == null ? "peer" : reason.label(),
                Duration.between(open.connectedAt(), Instant.now()));
        log.debug("= {} closed {}", open.id(), reason == null ? status : reason);
    }

    @Override
    public boolean supportsPartialMessages() {
        return false;
    }
}
