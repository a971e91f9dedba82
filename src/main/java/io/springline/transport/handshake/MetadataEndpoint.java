package io.springline.transport.handshake;

import io.springline.auth.ProtectedResource;
import io.springline.transport.AllowLists;
import io.springline.transport.ClientAddress;
import io.springline.transport.TransportStatistics.Rejection;
import io.springline.transport.TrustedProxies;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Map;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;
import tools.jackson.databind.json.JsonMapper;

/** Serves the protected resource metadata of each endpoint (RFC 9728). */
final class MetadataEndpoint {

    private final AllowLists allowed;
    private final TrustedProxies proxies;
    private final ConnectionRates rates;
    private final ProtectedResource resource;
    private final ConnectionRefusals refusals;

    MetadataEndpoint(
            AllowLists allowed,
            TrustedProxies proxies,
            ConnectionRates rates,
            ProtectedResource resource,
            ConnectionRefusals refusals) {
        this.allowed = allowed;
        this.proxies = proxies;
        this.rates = rates;
        this.resource = resource;
        this.refusals = refusals;
    }

    ServerResponse metadata(ServerRequest request) {
        HttpServletRequest servletRequest = request.servletRequest();
        ClientAddress address = proxies.clientOf(servletRequest);
        if (!rates.take(address.key(), System.nanoTime())) {
            return refused(address, Rejection.CONNECTION_RATE);
        }
        String host = servletRequest.getHeader(HttpHeaders.HOST);
        if (host == null || !allowed.hosts().allowsHost(host)) {
            return refused(address, Rejection.HOST);
        }
        return ServerResponse.ok()
                .contentType(MediaType.APPLICATION_JSON)
                .body(JsonMapper.shared().writeValueAsBytes(resource.metadata(servletRequest)));
    }

    private ServerResponse refused(ClientAddress address, Rejection reason) {
        refusals.count(address, reason);
        return ServerResponse.status(ConnectionRefusals.status(reason))
                .contentType(MediaType.APPLICATION_JSON)
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .body(
                        JsonMapper.shared()
                                .writeValueAsBytes(
                                        Map.of(
                                                "error",
                                                "access_denied",
                                                "error_description",
                                                ConnectionRefusals.text(reason))));
    }
}
