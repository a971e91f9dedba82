package io.springline.websocket;

import java.security.Principal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletContextRequest;
import org.eclipse.jetty.util.Blocker;
import org.eclipse.jetty.websocket.core.Configuration;
import org.eclipse.jetty.websocket.core.FrameHandler;
import org.eclipse.jetty.websocket.core.server.WebSocketMappings;
import org.eclipse.jetty.websocket.core.server.WebSocketNegotiator;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.web.socket.WebSocketExtension;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.server.HandshakeFailureException;
import org.springframework.web.socket.server.RequestUpgradeStrategy;

/**
 * Upgrades to Jetty's frame level, below the API that Spring's own strategy uses: messages arrive
 * as the bytes that they are, an idle connection costs half, and nothing is negotiated that was not
 * asked for. Each browser offers permessage-deflate, for example, which costs 100 KB a connection.
 */
final class JettyUpgradeStrategy implements RequestUpgradeStrategy {

    private final Configuration.ConfigurationCustomizer limits =
            new Configuration.ConfigurationCustomizer();
    private final long maxMessageSize;

    /**
     * @param maxMessageSize in bytes; a larger message closes its connection with 1009
     */
    JettyUpgradeStrategy(long maxMessageSize) {
        this.maxMessageSize = maxMessageSize;
        limits.setMaxFrameSize(maxMessageSize);
        limits.setAutoFragment(false);
        // The heartbeat decides who is gone.
        limits.setIdleTimeout(Duration.ZERO);
    }

    @Override
    public String[] getSupportedVersions() {
        return new String[] {"13"};
    }

    @Override
    public List<WebSocketExtension> getSupportedExtensions(ServerHttpRequest request) {
        return List.of();
    }

    @Override
    public void upgrade(
            ServerHttpRequest request,
            ServerHttpResponse response,
            @Nullable String subprotocol,
            List<WebSocketExtension> extensions,
            @Nullable Principal user,
            WebSocketHandler handler,
            Map<String, Object> attributes) {
        var socket = new JettySocket(handler, maxMessageSize, subprotocol, attributes);
        ServletContextRequest jetty =
                ServletContextRequest.getServletContextRequest(
                        ((ServletServerHttpRequest) request).getServletRequest());
        ServletContextHandler context = jetty.getServletContextHandler();
        try (Blocker.Callback upgraded = Blocker.callback()) {
            WebSocketMappings.ensureMappings(context)
                    .upgrade(
                            negotiator(socket, subprotocol),
                            jetty,
                            jetty.getServletContextResponse(),
                            upgraded,
                            limits);
            upgraded.block();
        } catch (Exception e) {
            throw new HandshakeFailureException("the upgrade failed", e);
        }
    }

    private static WebSocketNegotiator negotiator(
            FrameHandler socket, @Nullable String subprotocol) {
        return (_, response, _) -> {
            if (subprotocol != null) {
                response.setAcceptedSubProtocol(subprotocol);
            }
            response.setExtensions(List.of());
            return socket;
        };
    }
}
