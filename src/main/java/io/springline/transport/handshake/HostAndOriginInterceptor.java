package io.springline.transport.handshake;

import io.springline.transport.AllowedNames;
import io.springline.transport.TransportStatistics.Rejection;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
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

    private final AllowedNames hosts;
    private final AllowedNames origins;
    private final Refusals refusals;

    HostAndOriginInterceptor(AllowedNames hosts, AllowedNames origins, Refusals refusals) {
        this.hosts = hosts;
        this.origins = origins;
        this.refusals = refusals;
    }

    @Override
    public boolean beforeHandshake(
            ServerHttpRequest request,
            ServerHttpResponse response,
            WebSocketHandler handler,
            Map<String, Object> attributes)
            throws IOException {
        String host = request.getHeaders().getFirst("Host");
        if (host == null || !hosts.allowsHost(host)) {
            return refusals.refuse(response, Handshake.address(attributes), Rejection.HOST);
        }
        String origin = request.getHeaders().getFirst("Origin");
        if (origin != null && !origins.allowsOrigin(origin)) {
            return refusals.refuse(response, Handshake.address(attributes), Rejection.ORIGIN);
        }
        return true;
    }

    @Override
    public void afterHandshake(
            ServerHttpRequest request,
            ServerHttpResponse response,
            WebSocketHandler handler,
            @Nullable Exception exception) {}
}
