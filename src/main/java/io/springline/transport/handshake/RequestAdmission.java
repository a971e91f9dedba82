package io.springline.transport.handshake;

import io.springline.auth.AuthMethod;
import io.springline.auth.Authentication.Accepted;
import io.springline.auth.Authentication.Awaited;
import io.springline.auth.Authentication.Fault;
import io.springline.auth.Authenticator;
import io.springline.auth.Credentials;
import io.springline.auth.ProtectedResource;
import io.springline.session.Caller;
import io.springline.session.limit.ProcessorShare;
import io.springline.session.limit.ProcessorShares;
import io.springline.session.limit.Rate;
import io.springline.transport.AllowLists;
import io.springline.transport.ClientAddress;
import io.springline.transport.TransportStatistics.Rejection;
import io.springline.transport.TrustedProxies;
import io.springline.transport.handshake.ConnectionLimits.Admission;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;

/**
 * Applies the checks of a WebSocket handshake to an MCP request over HTTP: Host and Origin,
 * credential, message rate and connection limits.
 */
public final class RequestAdmission {

    public sealed interface Result {}

    /**
     * The request may be served.
     *
     * @param address of the client, for operators
     * @param addressKey by which limits count the address
     * @param share the client's share of the processors, over all its requests and connections
     * @param release releases the connection permit; to be run when the request has ended
     */
    public record Admitted(
            Caller caller,
            String address,
            String addressKey,
            ProcessorShare share,
            Runnable release)
            implements Result {}

    /**
     * The request is refused.
     *
     * @param status of the HTTP response
     * @param text one line with the reason
     * @param headers of the HTTP response
     */
    public record Refused(int status, String text, Map<String, String> headers) implements Result {}

    private final HostAndOriginCheck hostAndOrigin;
    private final TrustedProxies proxies;
    private final Authenticator authenticator;
    private final ProtectedResource resource;
    private final ConnectionLimits limits;
    private final ConnectionRates handshakes;
    private final ConnectionRates messages;
    private final ProcessorShares shares;
    private final ConnectionRefusals refusals;

    RequestAdmission(
            AllowLists allowed,
            TrustedProxies proxies,
            Authenticator authenticator,
            ProtectedResource resource,
            ConnectionLimits limits,
            ConnectionRates handshakes,
            Rate messages,
            ProcessorShares shares,
            ConnectionRefusals refusals) {
        this.hostAndOrigin = new HostAndOriginCheck(allowed);
        this.proxies = proxies;
        this.authenticator = authenticator;
        this.resource = resource;
        this.limits = limits;
        this.handshakes = handshakes;
        this.messages = new ConnectionRates(messages);
        this.shares = shares;
        this.refusals = refusals;
    }

    /** Returns the caller of the request, or the refusal. */
    public Result admit(HttpServletRequest request) {
        ClientAddress address = proxies.clientOf(request);
        Rejection rejection =
                hostAndOrigin.rejection(
                        request.getHeader(HttpHeaders.HOST), request.getHeader(HttpHeaders.ORIGIN));
        if (rejection != null) {
            return refused(address, rejection);
        }
        return switch (authenticator.authenticate(Credentials.of(request))) {
            case Accepted(var caller, _) -> admit(caller, address);
            case Awaited() -> unauthenticated(request, address, Fault.MISSING, AuthMethod.NONE);
            case io.springline.auth.Authentication.Refused(var fault, var way) ->
                    unauthenticated(request, address, fault, way);
        };
    }

    /**
     * Takes one permit of the handshake rate for a new session. Returns false if the address
     * exceeds the rate.
     */
    public boolean mayOpenSession(String addressKey) {
        return handshakes.take(addressKey, System.nanoTime());
    }

    private Result admit(Caller caller, ClientAddress address) {
        String client = caller.name() + ' ' + address.key();
        if (!messages.take(client, System.nanoTime())) {
            refusals.count(address, Rejection.CONNECTION_RATE);
            return new Refused(
                    429,
                    "Too many messages per second (springline.requests.rate): try again later",
                    Map.of(HttpHeaders.RETRY_AFTER, "1"));
        }
        Admission admission = limits.admit(caller, address.key());
        return switch (admission) {
            case ConnectionLimits.Admitted(var permit) ->
                    new Admitted(
                            caller,
                            address.toString(),
                            address.key(),
                            shares.of(caller.clientAt(address.key())),
                            permit::release);
            case ConnectionLimits.Refused(var reason) -> refused(address, reason);
        };
    }

    private Refused unauthenticated(
            HttpServletRequest request, ClientAddress address, Fault fault, AuthMethod way) {
        if (!handshakes.take(address.key(), System.nanoTime())) {
            return refused(address, Rejection.CONNECTION_RATE);
        }
        AuthHandshakeInterceptor.failed(fault, way, address);
        refusals.count(address, Rejection.UNAUTHENTICATED);
        return new Refused(
                fault == Fault.MALFORMED ? 400 : 401,
                ConnectionRefusals.text(Rejection.UNAUTHENTICATED),
                Map.of(HttpHeaders.WWW_AUTHENTICATE, resource.challenge(request, fault)));
    }

    /** Returns true if the caller's credential is no longer valid. */
    public boolean hasEnded(Caller caller) {
        return authenticator.hasEnded(caller);
    }

    /**
     * Returns the refusal of a call for missing scopes: 403, or 401 for an anonymous caller, who
     * must authenticate first. Returns null if no scope would help.
     *
     * @param needed roles and scopes that the call needs
     */
    public @Nullable Refused insufficientScope(
            HttpServletRequest request, Caller caller, Collection<String> needed) {
        String challenge = resource.stepUp(request, caller, needed);
        return challenge == null
                ? null
                : new Refused(
                        caller.isAnonymous() ? 401 : 403,
                        "The token lacks scopes: see WWW-Authenticate",
                        Map.of(HttpHeaders.WWW_AUTHENTICATE, challenge));
    }

    private Refused refused(ClientAddress address, Rejection reason) {
        refusals.count(address, reason);
        int status = ConnectionRefusals.status(reason).value();
        var headers = new HashMap<String, String>();
        if (status == 429 || status == 503) {
            headers.put(HttpHeaders.RETRY_AFTER, ConnectionRefusals.RETRY_AFTER_SECONDS);
        }
        if (reason == Rejection.DRAINING) {
            // the client's next connection leads to another node
            headers.put(HttpHeaders.CONNECTION, "close");
        }
        return new Refused(status, ConnectionRefusals.text(reason), headers);
    }
}
