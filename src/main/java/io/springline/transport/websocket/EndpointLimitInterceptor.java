package io.springline.transport.websocket;

import io.springline.session.limit.EndpointConnections;
import io.springline.transport.TransportStatistics.Rejection;
import io.springline.transport.handshake.ConnectionRefusals;
import io.springline.transport.handshake.Handshake;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.server.HandshakeInterceptor;

/**
 * Refuses handshakes with 503 if the limit of the endpoint is reached. Runs last: the connection
 * counts until its permit is released.
 */
final class EndpointLimitInterceptor implements HandshakeInterceptor {

    private final EndpointConnections connections;
    private final ConnectionRefusals refusals;

    EndpointLimitInterceptor(EndpointConnections connections, ConnectionRefusals refusals) {
        this.connections = connections;
        this.refusals = refusals;
    }

    @Override
    public boolean beforeHandshake(
            ServerHttpRequest request,
            ServerHttpResponse response,
            WebSocketHandler handler,
            Map<String, Object> attributes)
            throws IOException {
        if (!connections.tryOpen()) {
            return refusals.refuse(
                    response, Handshake.address(attributes), Rejection.ENDPOINT_LIMIT);
        }
        Handshake.permit(attributes).onRelease(connections::close);
        return true;
    }

    @Override
    public void afterHandshake(
            ServerHttpRequest request,
            ServerHttpResponse response,
            WebSocketHandler handler,
            @Nullable Exception exception) {}
}
