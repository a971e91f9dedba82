package io.springline.websocket;

import io.springline.jsonrpc.JsonRpcCodec;
import io.springline.session.Identity;
import io.springline.session.McpSession;
import io.springline.session.RequestProperties;
import io.springline.session.SessionRegistry;
import java.util.Map;
import java.util.UUID;
import org.eclipse.jetty.websocket.common.WebSocketSession;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.jspecify.annotations.Nullable;
import org.springframework.web.socket.adapter.NativeWebSocketSession;

/** Makes a connection and its session out of an upgraded socket, and ends both when it is gone. */
final class ConnectionFactory {

    private final String endpoint;
    private final WebSocketProperties properties;
    private final RequestProperties requests;
    private final SessionRegistry sessions;
    private final TransportStatistics statistics;
    private final JsonRpcCodec codec;

    /**
     * @param endpoint whose connections it makes, see {@link McpSession#endpoint}
     */
    ConnectionFactory(
            String endpoint,
            WebSocketProperties properties,
            RequestProperties requests,
            SessionRegistry sessions,
            TransportStatistics statistics) {
        this.endpoint = endpoint;
        this.properties = properties;
        this.requests = requests;
        this.sessions = sessions;
        this.statistics = statistics;
        this.codec = JsonRpcCodec.json((int) properties.maxMessageSize().toBytes());
    }

    OpenConnection open(org.springframework.web.socket.WebSocketSession socket) {
        Map<String, Object> attributes = socket.getAttributes();
        ConnectionPermit permit = Handshake.permit(attributes);
        var connection =
                new WebSocketConnection(
                        UUID.randomUUID().toString(),
                        core(socket),
                        properties.outboundBufferSize().toBytes(),
                        statistics,
                        System.nanoTime());
        var session =
                new McpSession(
                        endpoint,
                        new Identity(Handshake.caller(attributes), permit::identify),
                        connection,
                        codec,
                        requests.limits());
        sessions.add(session);
        return new OpenConnection(
                connection,
                session,
                permit,
                Handshake.address(attributes).toString(),
                emptyToNull(socket.getAcceptedProtocol()),
                new InboundRate(properties.maxBytesPerSecond().toBytes()),
                System.currentTimeMillis());
    }

    void closed(OpenConnection open) {
        open.permit().release();
        sessions.remove(open.session());
        open.connection().ended();
        open.session().end();
    }

    /**
     * The container's frame level: writes without blocking and without turning bytes into a string
     * and back, neither of which Spring's session can do.
     */
    private static CoreSession core(org.springframework.web.socket.WebSocketSession socket) {
        WebSocketSession jetty =
                ((NativeWebSocketSession) socket).getNativeSession(WebSocketSession.class);
        if (jetty == null) {
            throw new IllegalStateException("not a Jetty socket");
        }
        return jetty.getCoreSession();
    }

    private static @Nullable String emptyToNull(@Nullable String text) {
        return text == null || text.isEmpty() ? null : text;
    }
}
