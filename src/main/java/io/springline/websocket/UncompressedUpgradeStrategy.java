package io.springline.websocket;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.security.Principal;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.ee11.websocket.server.JettyWebSocketCreator;
import org.eclipse.jetty.ee11.websocket.server.JettyWebSocketServerContainer;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.http.server.ServletServerHttpResponse;
import org.springframework.web.socket.WebSocketExtension;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.adapter.jetty.JettyWebSocketHandlerAdapter;
import org.springframework.web.socket.adapter.jetty.JettyWebSocketSession;
import org.springframework.web.socket.server.HandshakeFailureException;
import org.springframework.web.socket.server.jetty.JettyRequestUpgradeStrategy;

/**
 * Upgrades without extensions. Each browser offers permessage-deflate, and Jetty takes it up
 * whatever Spring's handshake handler selects, at 100 KB a connection; so the offer is not shown to
 * it. What is upgraded is a {@link GatheringSocket}.
 */
final class UncompressedUpgradeStrategy extends JettyRequestUpgradeStrategy {

    private static final String OFFER = "Sec-WebSocket-Extensions";

    @Override
    public void upgrade(
            ServerHttpRequest request,
            ServerHttpResponse response,
            @Nullable String subprotocol,
            List<WebSocketExtension> extensions,
            @Nullable Principal user,
            WebSocketHandler handler,
            Map<String, Object> attributes) {
        HttpServletRequest servletRequest =
                ((ServletServerHttpRequest) request).getServletRequest();
        HttpServletResponse servletResponse =
                ((ServletServerHttpResponse) response).getServletResponse();
        var socket =
                new GatheringSocket(
                        new JettyWebSocketHandlerAdapter(
                                handler, new JettyWebSocketSession(attributes, user)));
        JettyWebSocketCreator creator =
                (_, accepted) -> {
                    if (subprotocol != null) {
                        accepted.setAcceptedSubProtocol(subprotocol);
                    }
                    return socket;
                };
        try {
            JettyWebSocketServerContainer.getContainer(servletRequest.getServletContext())
                    .upgrade(creator, new WithoutOffer(servletRequest), servletResponse);
        } catch (Exception e) {
            throw new HandshakeFailureException("Failed to upgrade", e);
        }
    }

    private static final class WithoutOffer extends HttpServletRequestWrapper {

        WithoutOffer(HttpServletRequest request) {
            super(request);
        }

        @Override
        public Enumeration<String> getHeaders(String name) {
            return OFFER.equalsIgnoreCase(name)
                    ? Collections.emptyEnumeration()
                    : super.getHeaders(name);
        }
    }
}
