package io.springline.websocket;

import io.springline.auth.Authentication.Accepted;
import io.springline.auth.Authentication.Refused;
import io.springline.auth.Authenticator;
import io.springline.websocket.TransportStatistics.Rejection;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.server.HandshakeInterceptor;

/** Finds out who is calling before the upgrade; 401 for those who cannot say. */
final class AuthHandshakeInterceptor implements HandshakeInterceptor {

    private final Authenticator authenticator;
    private final TransportStatistics statistics;

    AuthHandshakeInterceptor(Authenticator authenticator, TransportStatistics statistics) {
        this.authenticator = authenticator;
        this.statistics = statistics;
    }

    @Override
    public boolean beforeHandshake(
            ServerHttpRequest request,
            ServerHttpResponse response,
            WebSocketHandler handler,
            Map<String, Object> attributes)
            throws IOException {
        var header = request.getHeaders().getFirst(HttpHeaders.AUTHORIZATION);
        return switch (authenticator.authenticate(header)) {
            case Accepted(var caller) -> {
                Handshake.caller(attributes, caller);
                yield true;
            }
            case Refused(var challenge) -> {
                statistics.rejected(Rejection.UNAUTHENTICATED);
                response.getHeaders().set(HttpHeaders.WWW_AUTHENTICATE, challenge);
                yield Handshake.refuse(
                        response, HttpStatus.UNAUTHORIZED, "A valid bearer token is required");
            }
        };
    }

    @Override
    public void afterHandshake(
            ServerHttpRequest request,
            ServerHttpResponse response,
            WebSocketHandler handler,
            @Nullable Exception exception) {}
}
