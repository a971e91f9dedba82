package io.springline.transport.handshake;

import io.springline.session.Caller;
import io.springline.transport.ClientAddress;
import io.springline.transport.handshake.ConnectionLimits.Admitted;
import io.springline.transport.handshake.ConnectionLimits.Refused;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.http.server.ServletServerHttpResponse;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.server.HandshakeInterceptor;

/**
 * Refuses handshakes if a connection limit is reached: with 503 for the limits of the node, with
 * 429 for those of a principal or an address. Runs after authentication, because it needs the
 * caller.
 */
final class ConnectionLimitInterceptor implements HandshakeInterceptor {

    private static final String PERMIT = ConnectionLimitInterceptor.class.getName();

    private final ConnectionLimits limits;
    private final ConnectionRefusals refusals;

    ConnectionLimitInterceptor(ConnectionLimits limits, ConnectionRefusals refusals) {
        this.limits = limits;
        this.refusals = refusals;
    }

    @Override
    public boolean beforeHandshake(
            ServerHttpRequest request,
            ServerHttpResponse response,
            WebSocketHandler handler,
            Map<String, Object> attributes)
            throws IOException {
        Caller caller = Handshake.caller(attributes);
        ClientAddress address = Handshake.address(attributes);
        return switch (limits.admit(caller, address.key())) {
            case Admitted(var permit) -> {
                Handshake.permit(attributes, permit);
                ((ServletServerHttpRequest) request)
                        .getServletRequest()
                        .setAttribute(PERMIT, permit);
                yield true;
            }
            case Refused(var reason) -> refusals.refuse(response, address, reason);
        };
    }

    /**
     * Releases the permit of a handshake that did not end in an upgrade. Otherwise it is released
     * when the connection closes.
     */
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
