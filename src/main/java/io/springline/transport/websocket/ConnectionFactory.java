package io.springline.transport.websocket;

import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.resume.ResumableSessions;
import io.springline.session.Identity;
import io.springline.session.McpSession;
import io.springline.session.RequestProperties;
import io.springline.session.SessionRegistry;
import io.springline.session.limit.ProcessorShares;
import io.springline.session.limit.UnreadMemory;
import io.springline.transport.TransportStatistics;
import io.springline.transport.WebSocketProperties;
import io.springline.transport.handshake.ConnectionPermit;
import io.springline.transport.handshake.Handshake;
import io.springline.transport.websocket.jetty.JettySocket;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Creates the connection and the session for an upgraded socket, and ends both when the socket has
 * closed.
 */
final class ConnectionFactory {

    private final String endpoint;
    private final WebSocketProperties properties;
    private final RequestProperties requests;
    private final SessionRegistry sessions;
    private final ResumableSessions resumable;
    private final ProcessorShares shares;
    private final UnreadMemory unread;
    private final TransportStatistics statistics;
    private final JsonRpcCodec json;
    private final JsonRpcCodec cbor;

    /**
     * @param endpoint the endpoint of the connections, see {@link McpSession#endpoint}
     */
    ConnectionFactory(
            String endpoint,
            WebSocketProperties properties,
            RequestProperties requests,
            SessionRegistry sessions,
            ResumableSessions resumable,
            ProcessorShares shares,
            UnreadMemory unread,
            TransportStatistics statistics) {
        this.endpoint = endpoint;
        this.properties = properties;
        this.requests = requests;
        this.sessions = sessions;
        this.resumable = resumable;
        this.shares = shares;
        this.unread = unread;
        this.statistics = statistics;
        int maxMessageSize = (int) properties.maxMessageSize().toBytes();
        this.json = JsonRpcCodec.json(maxMessageSize);
        this.cbor =
                properties.binary().byteStrings()
                        ? JsonRpcCodec.cbor(maxMessageSize)
                        : JsonRpcCodec.cborWithoutByteStrings(maxMessageSize);
    }

    OpenConnection open(JettySocket socket) {
        Map<String, Object> attributes = socket.getAttributes();
        ConnectionPermit permit = Handshake.permit(attributes);
        String subprotocol = emptyToNull(socket.getAcceptedProtocol());
        JsonRpcCodec codec = McpWebSocketHandler.CBOR.equals(subprotocol) ? cbor : json;
        long now = System.nanoTime();
        var identity =
                new Identity(
                        Handshake.caller(attributes),
                        permit::identify,
                        caller -> shares.of(caller.clientAt(permit.address())),
                        unread);
        var connection =
                new WebSocketConnection(
                        UUID.randomUUID().toString(),
                        socket,
                        codec.isBinary(),
                        properties.outboundBufferSize().toBytes(),
                        identity.unreadAccount(),
                        properties.writeTimeout().toNanos(),
                        new FrameRateLimiter(requests.rate(), now),
                        statistics,
                        now);
        var session = new McpSession(endpoint, identity, connection, codec, requests.limits());
        sessions.add(session);
        return new OpenConnection(
                connection,
                session,
                permit,
                Handshake.address(attributes).toString(),
                subprotocol,
                new InboundRateLimiter(properties.maxBytesPerSecond().toBytes()),
                socket.calls(),
                System.currentTimeMillis());
    }

    /**
     * Ends the session of the connection, or detaches it if it is resumable.
     *
     * @param mayResume true if the client may resume the session
     */
    void closed(OpenConnection open, boolean mayResume) {
        open.permit().release();
        if (open.session().isResumable() && mayResume) {
            resumable.detach(open.session(), open.connection());
        } else if (open.session().isResumable()) {
            resumable.endWith(open.session(), open.connection());
        } else {
            sessions.remove(open.session());
            open.session().end();
        }
    }

    private static @Nullable String emptyToNull(@Nullable String text) {
        return text == null || text.isEmpty() ? null : text;
    }
}
