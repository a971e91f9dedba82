package io.springline.transport.handshake;

import io.springline.session.Caller;
import io.springline.transport.TransportStatistics.Rejection;
import java.io.IOException;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.server.HandshakeInterceptor;

/**
 * Refuses a client that has none of the roles that the endpoint requires. A client that has yet to
 * authenticate may connect; its calls are checked.
 */
public final class EndpointRoleInterceptor implements HandshakeInterceptor {

    private final Predicate<Caller> admitted;
    private final ConnectionRefusals refusals;

    public EndpointRoleInterceptor(Predicate<Caller> admitted, ConnectionRefusals refusals) {
        this.admitted = admitted;
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
        return caller.isUnidentified()
                || admitted.test(caller)
                || refusals.refuse(response, Handshake.address(attributes), Rejection.ROLE);
    }

    @Override
    public void afterHandshake(
            ServerHttpRequest request,
            ServerHttpResponse response,
            WebSocketHandler handler,
            @Nullable Exception exception) {}
}
