package io.springline.transport.handshake;

import io.springline.audit.AuditLog;
import io.springline.auth.AuthMethod;
import io.springline.auth.Authentication.Accepted;
import io.springline.auth.Authentication.Awaited;
import io.springline.auth.Authentication.Fault;
import io.springline.auth.Authentication.Refused;
import io.springline.auth.Authenticator;
import io.springline.auth.Credentials;
import io.springline.auth.ProtectedResource;
import io.springline.session.Caller;
import io.springline.transport.ClientAddress;
import io.springline.transport.TransportStatistics.Rejection;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.server.HandshakeInterceptor;

/**
 * Authenticates the client before the upgrade. Without a valid credential it gets 401, unless it
 * may authenticate on the connection.
 */
public final class AuthHandshakeInterceptor implements HandshakeInterceptor {

    private final Authenticator authenticator;
    private final ProtectedResource resource;
    private final ConnectionRefusals refusals;

    AuthHandshakeInterceptor(
            Authenticator authenticator, ProtectedResource resource, ConnectionRefusals refusals) {
        this.authenticator = authenticator;
        this.resource = resource;
        this.refusals = refusals;
    }

    @Override
    public boolean beforeHandshake(
            ServerHttpRequest request,
            ServerHttpResponse response,
            WebSocketHandler handler,
            Map<String, Object> attributes)
            throws IOException {
        HttpServletRequest servletRequest =
                ((ServletServerHttpRequest) request).getServletRequest();
        ClientAddress address = Handshake.address(attributes);
        return switch (authenticator.authenticate(Credentials.of(servletRequest))) {
            case Accepted(var caller, var way) -> {
                if (way != AuthMethod.NONE) {
                    AuditLog.authenticated(way.label(), caller.name(), address.toString());
                }
                Handshake.caller(attributes, caller);
                yield true;
            }
            case Awaited() -> {
                Handshake.caller(attributes, Caller.UNIDENTIFIED);
                yield true;
            }
            case Refused(var fault, var way) -> {
                failed(fault, way, address);
                response.getHeaders()
                        .set(
                                HttpHeaders.WWW_AUTHENTICATE,
                                resource.challenge(servletRequest, fault));
                yield refusals.refuse(response, address, Rejection.UNAUTHENTICATED);
            }
        };
    }

    public static void failed(Fault fault, AuthMethod way, ClientAddress address) {
        AuditLog.authenticationFailed(
                way.label(), fault.name().toLowerCase(Locale.ROOT), address.toString());
    }

    @Override
    public void afterHandshake(
            ServerHttpRequest request,
            ServerHttpResponse response,
            WebSocketHandler handler,
            @Nullable Exception exception) {}
}
