package io.springline.websocket;

import io.springline.audit.AuditLog;
import io.springline.auth.Authentication.Fault;
import io.springline.auth.Authenticator;
import io.springline.auth.ProtectedResource;
import io.springline.auth.Tickets;
import io.springline.auth.WayIn;
import io.springline.session.Caller;
import io.springline.websocket.TransportStatistics.Rejection;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * {@code POST <path>/ticket} and the protected resource metadata: the plain HTTP that a client may
 * need before it can connect. A ticket is asked for under the same conditions as an upgrade.
 */
final class TicketEndpoint {

    private final String path;
    private final AllowedNames hosts;
    private final AllowedNames origins;
    private final TrustedProxies proxies;
    private final ConnectionRates rates;
    private final Authenticator authenticator;
    private final Tickets tickets;
    private final ProtectedResource resource;
    private final Refusals refusals;

    TicketEndpoint(
            WebSocketProperties properties,
            TrustedProxies proxies,
            ConnectionRates rates,
            Authenticator authenticator,
            Tickets tickets,
            ProtectedResource resource,
            Refusals refusals) {
        this.path = properties.path();
        this.hosts = properties.hosts();
        this.origins = properties.origins();
        this.proxies = proxies;
        this.rates = rates;
        this.authenticator = authenticator;
        this.tickets = tickets;
        this.resource = resource;
        this.refusals = refusals;
    }

    ServerResponse ticket(ServerRequest request) {
        HttpServletRequest servletRequest = request.servletRequest();
        ClientAddress address = proxies.clientOf(servletRequest);
        String origin = servletRequest.getHeader(HttpHeaders.ORIGIN);
        if (!rates.take(address.key(), System.nanoTime())) {
            return refused(address, Rejection.CONNECTION_RATE);
        }
        if (!isHostAllowed(servletRequest)) {
            return refused(address, Rejection.HOST);
        }
        if (origin != null && !origins.allowsOrigin(origin)) {
            return refused(address, Rejection.ORIGIN);
        }
        String authorization = servletRequest.getHeader(HttpHeaders.AUTHORIZATION);
        Optional<Caller> caller =
                authorization == null ? Optional.empty() : authenticator.bearer(authorization);
        if (caller.isEmpty()) {
            return unauthenticated(servletRequest, address, authorization);
        }
        AuditLog.authenticated(
                WayIn.AUTHORIZATION.label(), caller.get().name(), address.toString());
        return tickets.issue(caller.get(), origin)
                .map(this::issued)
                .orElseGet(() ->
                        text(HttpStatus.TOO_MANY_REQUESTS, "Too many tickets are outstanding"));
    }

    /** What is given out, in this order. */
    private record Ticket(String ticket, long expiresInMs) {}

    private ServerResponse issued(String ticket) {
        return ServerResponse.ok()
                .cacheControl(CacheControl.noStore())
                .contentType(MediaType.APPLICATION_JSON)
                .body(new Ticket(ticket, tickets.lifetime().toMillis()));
    }

    private ServerResponse unauthenticated(
            HttpServletRequest request, ClientAddress address, @Nullable String authorization) {
        Fault fault = authorization == null ? Fault.MISSING : Fault.INVALID;
        AuthHandshakeInterceptor.failed(fault, WayIn.AUTHORIZATION, address);
        refusals.count(address, Rejection.UNAUTHENTICATED);
        return ServerResponse.status(HttpStatus.UNAUTHORIZED)
                .header(HttpHeaders.WWW_AUTHENTICATE, resource.challenge(request, path, fault))
                .contentType(MediaType.TEXT_PLAIN)
                .body(Refusals.text(Rejection.UNAUTHENTICATED) + "\n");
    }

    ServerResponse metadata(ServerRequest request) {
        ClientAddress address = proxies.clientOf(request.servletRequest());
        if (!rates.take(address.key(), System.nanoTime())) {
            return refused(address, Rejection.CONNECTION_RATE);
        }
        if (!isHostAllowed(request.servletRequest())) {
            return refused(address, Rejection.HOST);
        }
        return ServerResponse.ok()
                .contentType(MediaType.APPLICATION_JSON)
                .body(resource.metadata(request.servletRequest(), path));
    }

    private boolean isHostAllowed(HttpServletRequest request) {
        String host = request.getHeader(HttpHeaders.HOST);
        return host != null && hosts.allowsHost(host);
    }

    private ServerResponse refused(ClientAddress address, Rejection reason) {
        refusals.count(address, reason);
        return text(Refusals.status(reason), Refusals.text(reason));
    }

    private static ServerResponse text(HttpStatus status, String text) {
        return ServerResponse.status(status)
                .contentType(MediaType.TEXT_PLAIN)
                .cacheControl(CacheControl.noStore())
                .body(text + "\n");
    }
}
