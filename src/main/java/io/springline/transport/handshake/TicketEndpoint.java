package io.springline.transport.handshake;

import io.springline.audit.AuditLog;
import io.springline.auth.AuthMethod;
import io.springline.auth.Authentication;
import io.springline.auth.Authentication.Accepted;
import io.springline.auth.Authentication.Awaited;
import io.springline.auth.Authentication.Fault;
import io.springline.auth.Authenticator;
import io.springline.auth.Credentials;
import io.springline.auth.ProtectedResource;
import io.springline.auth.Tickets;
import io.springline.session.Caller;
import io.springline.transport.AllowLists;
import io.springline.transport.ClientAddress;
import io.springline.transport.EndpointPaths;
import io.springline.transport.TransportStatistics.Rejection;
import io.springline.transport.TrustedProxies;
import io.springline.transport.UpgradeRequired;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;
import tools.jackson.databind.json.JsonMapper;

/**
 * Issues tickets at {@code POST <path>/ticket}, after the same checks as for an upgrade. Also
 * answers requests to endpoints that do not exist.
 */
public final class TicketEndpoint {

    private static final String WEBSOCKET = "websocket";

    private final HostAndOriginCheck hostAndOrigin;
    private final TrustedProxies proxies;
    private final ConnectionRates rates;
    private final Authenticator authenticator;
    private final Tickets tickets;
    private final ProtectedResource resource;
    private final ConnectionRefusals refusals;
    private final EndpointPaths paths;

    TicketEndpoint(
            AllowLists allowed,
            TrustedProxies proxies,
            ConnectionRates rates,
            Authenticator authenticator,
            Tickets tickets,
            ProtectedResource resource,
            ConnectionRefusals refusals,
            EndpointPaths paths) {
        this.hostAndOrigin = new HostAndOriginCheck(allowed);
        this.proxies = proxies;
        this.rates = rates;
        this.authenticator = authenticator;
        this.tickets = tickets;
        this.resource = resource;
        this.refusals = refusals;
        this.paths = paths;
    }

    ServerResponse ticket(ServerRequest request) {
        HttpServletRequest servletRequest = request.servletRequest();
        ClientAddress address = proxies.clientOf(servletRequest);
        Rejection rejection = rejection(servletRequest, address);
        if (rejection != null) {
            return refused(address, rejection);
        }
        List<String> authorization = Credentials.of(servletRequest).extracted().authorization();
        Optional<Caller> caller =
                authorization.size() == 1
                        ? authenticator.bearer(authorization.getFirst())
                        : Optional.empty();
        if (caller.isEmpty()) {
            Fault fault = authorization.isEmpty() ? Fault.MISSING : Fault.INVALID;
            return unauthenticated(servletRequest, address, fault, AuthMethod.AUTHORIZATION);
        }
        AuditLog.authenticated(
                AuthMethod.AUTHORIZATION.label(), caller.get().name(), address.toString());
        return tickets.issue(caller.get(), servletRequest.getHeader(HttpHeaders.ORIGIN))
                .map(this::issued)
                .orElseGet(() ->
                        text(
                                HttpStatus.TOO_MANY_REQUESTS,
                                "Too many tickets are unused: connect with one of them, or wait until they expire"));
    }

    /**
     * Answers an upgrade or a GET at an endpoint that does not exist: 404 with the endpoints that
     * the caller may use. Without a valid credential, the answer is the same as for an endpoint
     * that exists.
     */
    public ServerResponse missing(ServerRequest request) {
        HttpServletRequest servletRequest = request.servletRequest();
        ClientAddress address = proxies.clientOf(servletRequest);
        Rejection rejection = rejection(servletRequest, address);
        if (rejection != null) {
            return refused(address, rejection);
        }
        Credentials presented = Credentials.of(servletRequest);
        if (!WEBSOCKET.equalsIgnoreCase(servletRequest.getHeader(HttpHeaders.UPGRADE))) {
            if (presented.extracted().authorization().isEmpty() && authenticator.hasCredentials()) {
                return UpgradeRequired.response(request);
            }
            presented = presented.onlyAuthorization();
        }
        return switch (authenticator.authenticate(presented)) {
            case Accepted(var caller, _) -> notFound(request, caller);
            case Awaited() -> notFound(request, Caller.UNIDENTIFIED);
            case Authentication.Refused(var fault, var way) ->
                    unauthenticated(servletRequest, address, fault, way);
        };
    }

    private ServerResponse notFound(ServerRequest request, Caller caller) {
        return text(HttpStatus.NOT_FOUND, paths.notFound(request.uri().getRawPath(), caller));
    }

    private @Nullable Rejection rejection(HttpServletRequest request, ClientAddress address) {
        if (!rates.take(address.key(), System.nanoTime())) {
            return Rejection.CONNECTION_RATE;
        }
        return hostAndOrigin.rejection(
                request.getHeader(HttpHeaders.HOST), request.getHeader(HttpHeaders.ORIGIN));
    }

    /** The JSON of the response, with its members in this order. */
    private record Ticket(String ticket, long expiresInMs) {}

    private ServerResponse issued(String ticket) {
        return ServerResponse.ok()
                .cacheControl(CacheControl.noStore())
                .contentType(MediaType.APPLICATION_JSON)
                .body(
                        JsonMapper.shared()
                                .writeValueAsBytes(
                                        new Ticket(ticket, tickets.lifetime().toMillis())));
    }

    private ServerResponse unauthenticated(
            HttpServletRequest request, ClientAddress address, Fault fault, AuthMethod way) {
        AuthHandshakeInterceptor.failed(fault, way, address);
        refusals.count(address, Rejection.UNAUTHENTICATED);
        return ServerResponse.status(HttpStatus.UNAUTHORIZED)
                .header(HttpHeaders.WWW_AUTHENTICATE, resource.challenge(request, fault))
                .contentType(MediaType.TEXT_PLAIN)
                .body(ConnectionRefusals.text(Rejection.UNAUTHENTICATED) + "\n");
    }

    private ServerResponse refused(ClientAddress address, Rejection reason) {
        refusals.count(address, reason);
        return text(ConnectionRefusals.status(reason), ConnectionRefusals.text(reason));
    }

    private static ServerResponse text(HttpStatus status, String text) {
        return ServerResponse.status(status)
                .contentType(MediaType.TEXT_PLAIN)
                .cacheControl(CacheControl.noStore())
                .body(text + "\n");
    }
}
