package io.springline.transport.handshake;

import io.springline.auth.AuthMethod;
import io.springline.auth.Authentication.Fault;
import io.springline.auth.http.HttpRequestGuard;
import io.springline.transport.AllowLists;
import io.springline.transport.AllowedNames;
import io.springline.transport.ClientAddress;
import io.springline.transport.TransportStatistics.Rejection;
import io.springline.transport.TrustedProxies;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;

/**
 * Applies the allowed hosts and the rate per address to operators' endpoints, as for upgrades. In
 * addition, a Host that is an IP address is allowed, and so is a request without Host: probes and
 * scrapers use a pod's IP address, and DNS rebinding needs a name.
 */
final class OperatorRequestGuard implements HttpRequestGuard {

    private static final String SCHEME_END = "://";

    private final AllowLists allowed;
    private final TrustedProxies proxies;
    private final ConnectionRates rates;
    private final ConnectionRefusals refusals;

    OperatorRequestGuard(
            AllowLists allowed,
            TrustedProxies proxies,
            ConnectionRates rates,
            ConnectionRefusals refusals) {
        this.allowed = allowed;
        this.proxies = proxies;
        this.rates = rates;
        this.refusals = refusals;
    }

    @Override
    public boolean tryAdmit(
            HttpServletRequest request, HttpServletResponse response, boolean counted)
            throws IOException {
        ClientAddress address = proxies.clientOf(request);
        Rejection reason =
                counted && !rates.take(address.key(), System.nanoTime())
                        ? Rejection.CONNECTION_RATE
                        : isHostAllowed(request.getHeader(HttpHeaders.HOST))
                                ? null
                                : Rejection.HOST;
        if (reason == null) {
            return true;
        }
        refusals.count(address, reason);
        response.setStatus(ConnectionRefusals.status(reason).value());
        response.setContentType(MediaType.TEXT_PLAIN_VALUE);
        response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        if (reason == Rejection.CONNECTION_RATE) {
            response.setHeader(HttpHeaders.RETRY_AFTER, ConnectionRefusals.RETRY_AFTER_SECONDS);
        }
        response.getOutputStream()
                .write((ConnectionRefusals.text(reason) + "\n").getBytes(StandardCharsets.UTF_8));
        return false;
    }

    private boolean isHostAllowed(@Nullable String host) {
        return host == null || allowed.hosts().allowsHost(host) || isIpAddress(host);
    }

    private static boolean isIpAddress(String host) {
        String name = AllowedNames.withoutPort(host);
        try {
            InetAddress.ofLiteral(
                    name.startsWith("[") && name.endsWith("]")
                            ? name.substring(1, name.length() - 1)
                            : name);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    @Override
    public boolean isSameOrigin(HttpServletRequest request) {
        String host = request.getHeader(HttpHeaders.HOST);
        if (host == null || !allowed.hosts().allowsHost(host)) {
            return false;
        }
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origin == null) {
            return true;
        }
        // The scheme is ignored, because a proxy may have terminated TLS.
        int scheme = origin.indexOf(SCHEME_END);
        return scheme > 0 && origin.substring(scheme + SCHEME_END.length()).equalsIgnoreCase(host);
    }

    @Override
    public void authenticationFailed(HttpServletRequest request) {
        AuthHandshakeInterceptor.failed(
                Fault.INVALID, AuthMethod.AUTHORIZATION, proxies.clientOf(request));
    }
}
