package io.springline.transport.handshake;

import io.springline.transport.ClientAddress;
import io.springline.transport.TransportStatistics.Rejection;
import io.springline.transport.TrustedProxies;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.server.HandshakeInterceptor;

/** Determines the address of the client, and refuses an address that exceeds its handshake rate. */
final class ConnectionRateInterceptor implements HandshakeInterceptor {

    private final TrustedProxies proxies;
    private final ConnectionRates rates;
    private final ConnectionRefusals refusals;

    ConnectionRateInterceptor(
            TrustedProxies proxies, ConnectionRates rates, ConnectionRefusals refusals) {
        this.proxies = proxies;
        this.rates = rates;
        this.refusals = refusals;
    }

    @Override
    public boolean beforeHandshake(
            ServerHttpRequest request,
            ServerHttpResponse response,
            WebSocketHandler handler,
            Map<String, Object> attributes)
            throws IOException {
        ClientAddress address =
                proxies.clientOf(((ServletServerHttpRequest) request).getServletRequest());
        Handshake.address(attributes, address);
        return rates.take(address.key(), System.nanoTime())
                || refusals.refuse(response, address, Rejection.CONNECTION_RATE);
    }

    @Override
    public void afterHandshake(
            ServerHttpRequest request,
            ServerHttpResponse response,
            WebSocketHandler handler,
            @Nullable Exception exception) {}
}
