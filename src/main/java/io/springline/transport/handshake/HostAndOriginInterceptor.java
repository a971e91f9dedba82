package io.springline.transport.handshake;

import io.springline.transport.TransportStatistics.Rejection;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.server.HandshakeInterceptor;

/**
 * Refuses handshakes by web pages of origins that are not allowed. Browsers do not apply CORS to
 * WebSockets, so the Origin is checked here. The Host is checked too, since in a DNS rebinding
 * attack Origin and Host are equal. Clients other than browsers send no Origin and pass.
 */
final class HostAndOriginInterceptor implements HandshakeInterceptor {

    private final HostAndOriginCheck check;
    private final ConnectionRefusals refusals;

    HostAndOriginInterceptor(HostAndOriginCheck check, ConnectionRefusals refusals) {
        this.check = check;
        this.refusals = refusals;
    }

    @Override
    public boolean beforeHandshake(
            ServerHttpRequest request,
            ServerHttpResponse response,
            WebSocketHandler handler,
            Map<String, Object> attributes)
            throws IOException {
        HttpHeaders headers = request.getHeaders();
        Rejection rejection =
                check.rejection(
                        headers.getFirst(HttpHeaders.HOST), headers.getFirst(HttpHeaders.ORIGIN));
        return rejection == null
                || refusals.refuse(response, Handshake.address(attributes), rejection);
    }

    @Override
    public void afterHandshake(
            ServerHttpRequest request,
            ServerHttpResponse response,
            WebSocketHandler handler,
            @Nullable Exception exception) {}
}
