package io.springline.websocket;

import io.springline.session.Caller;
import io.springline.websocket.ConnectionLimits.Admitted;
import io.springline.websocket.ConnectionLimits.Refused;
import io.springline.websocket.TransportStatistics.Rejection;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.http.server.ServletServerHttpResponse;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.server.HandshakeInterceptor;

/**
 * Turns clients away before the upgrade when a limit is reached: 503 for the whole server, 429 for
 * one principal or one address. Comes after authentication, since it needs to know the caller.
 */
final class ConnectionLimitInterceptor implements HandshakeInterceptor {

    private static final String PERMIT = ConnectionLimitInterceptor.class.getName();
    private static final String RETRY_AFTER_SECONDS = "5";

    private final ConnectionLimits limits;
    private final TransportStatistics statistics;

    ConnectionLimitInterceptor(ConnectionLimits limits, TransportStatistics statistics) {
        this.limits = limits;
        this.statistics = statistics;
    }

    @Override
    public boolean beforeHandshake(
            ServerHttpRequest request,
            ServerHttpResponse response,
            WebSocketHandler handler,
            Map<String, Object> attributes)
            throws IOException {
        Caller caller = Handshake.caller(attributes);
        String address = request.getRemoteAddress().getAddress().getHostAddress();
        return switch (limits.admit(caller, address)) {
            case Admitted(var permit) -> {
                Handshake.permit(attributes, permit);
                ((ServletServerHttpRequest) request)
                        .getServletRequest()
                        .setAttribute(PERMIT, permit);
                yield true;
            }
            case Refused(var reason) -> {
                statistics.rejected(reason);
                yield refuse(response, reason);
            }
        };
    }

    private static boolean refuse(ServerHttpResponse response, Rejection reason)
            throws IOException {
        response.getHeaders().set(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
        return switch (reason) {
            case DRAINING ->
                    Handshake.refuse(
                            response, HttpStatus.SERVICE_UNAVAILABLE, "Server is stopping");
            case PRINCIPAL_LIMIT ->
                    Handshake.refuse(
                            response,
                            HttpStatus.TOO_MANY_REQUESTS,
                            "Too many connections of this principal");
            case ADDRESS_LIMIT ->
                    Handshake.refuse(
                            response,
                            HttpStatus.TOO_MANY_REQUESTS,
                            "Too many connections from this address");
            case TOTAL_LIMIT, HOST, ORIGIN, UNAUTHENTICATED ->
                    Handshake.refuse(
                            response, HttpStatus.SERVICE_UNAVAILABLE, "Server at capacity");
        };
    }

    /** A handshake that did not end in an upgrade gives its permit back; the others do on close. */
    @Override
    public void afterHandshake(
            ServerHttpRequest request,
            ServerHttpResponse response,
            WebSocketHandler handler,
            @Nullable Exception exception) {
        boolean upgraded =
                exception == null
                        && ((ServletServerHttpResponse) response).getServletResponse().getStatus()
                                == HttpStatus.SWITCHING_PROTOCOLS.value();
        var servletRequest = ((ServletServerHttpRequest) request).getServletRequest();
        if (!upgraded && servletRequest.getAttribute(PERMIT) instanceof ConnectionPermit permit) {
            permit.release();
        }
    }
}
