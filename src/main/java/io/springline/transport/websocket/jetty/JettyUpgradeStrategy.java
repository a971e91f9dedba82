package io.springline.transport.websocket.jetty;

import java.security.Principal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletContextRequest;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Blocker;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.Configuration;
import org.eclipse.jetty.websocket.core.ExtensionConfig;
import org.eclipse.jetty.websocket.core.FrameHandler;
import org.eclipse.jetty.websocket.core.WebSocketCoreSession;
import org.eclipse.jetty.websocket.core.server.ServerUpgradeRequest;
import org.eclipse.jetty.websocket.core.server.ServerUpgradeResponse;
import org.eclipse.jetty.websocket.core.server.WebSocketMappings;
import org.eclipse.jetty.websocket.core.server.WebSocketNegotiator;
import org.eclipse.jetty.websocket.core.server.WebSocketServerComponents;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.web.socket.WebSocketExtension;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.server.HandshakeFailureException;
import org.springframework.web.socket.server.RequestUpgradeStrategy;

/**
 * Upgrades to Jetty's frame API, which is below the API that Spring's own strategy uses. Messages
 * arrive as bytes without conversion, an idle connection takes half the memory, and only configured
 * extensions are negotiated.
 */
public final class JettyUpgradeStrategy implements RequestUpgradeStrategy {

    private final Configuration.ConfigurationCustomizer limits =
            new Configuration.ConfigurationCustomizer();
    private final long maxMessageSize;
    private final @Nullable MessageDeflate deflate;

    /**
     * @param maxMessageSize in bytes; a larger message closes its connection with 1009
     * @param deflate compresses for clients that offer it; null to offer no compression
     */
    public JettyUpgradeStrategy(long maxMessageSize, @Nullable MessageDeflate deflate) {
        this.maxMessageSize = maxMessageSize;
        this.deflate = deflate;
        limits.setMaxFrameSize(maxMessageSize);
        limits.setAutoFragment(false);
        // The heartbeat detects dead peers instead.
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
        ServletContextRequest jetty =
                ServletContextRequest.getServletContextRequest(
                        ((ServletServerHttpRequest) request).getServletRequest());
        ServletContextHandler context = jetty.getServletContextHandler();
        if (deflate != null) {
            WebSocketServerComponents.getWebSocketComponents(context)
                    .getExtensionRegistry()
                    .register(DeflateExtension.NAME, DeflateExtension.class);
        }
        var upgrade = new Upgrade(handler, subprotocol, attributes);
        try (Blocker.Callback upgraded = Blocker.callback()) {
            WebSocketMappings.ensureMappings(context)
                    .upgrade(upgrade, jetty, jetty.getServletContextResponse(), upgraded, limits);
            upgrade.replaceConnection(jetty);
            upgraded.block();
        } catch (Exception e) {
            throw new HandshakeFailureException("the upgrade failed", e);
        }
    }

    /** Jetty's callbacks during the upgrade of one connection. */
    private final class Upgrade implements WebSocketNegotiator {

        private final WebSocketHandler handler;
        private final @Nullable String subprotocol;
        private final Map<String, Object> attributes;
        private @Nullable JettySocket socket;
        private @Nullable WebSocketCoreSession core;

        Upgrade(
                WebSocketHandler handler,
                @Nullable String subprotocol,
                Map<String, Object> attributes) {
            this.handler = handler;
            this.subprotocol = subprotocol;
            this.attributes = attributes;
        }

        @Override
        public FrameHandler negotiate(
                ServerUpgradeRequest request, ServerUpgradeResponse response, Callback callback) {
            if (subprotocol != null) {
                response.setAcceptedSubProtocol(subprotocol);
            }
            ExtensionConfig accepted =
                    deflate == null
                            ? null
                            : DeflateExtension.accept(
                                    request.getHeaders()
                                            .getValuesList(HttpHeader.SEC_WEBSOCKET_EXTENSIONS));
            response.setExtensions(accepted == null ? List.of() : List.of(accepted));
            socket =
                    new JettySocket(
                            handler,
                            maxMessageSize,
                            subprotocol,
                            accepted == null ? null : deflate,
                            attributes);
            return socket;
        }

        @Override
        public void customize(Configuration session) {
            core = (WebSocketCoreSession) session;
        }

        /**
         * Replaces Jetty's connection before it opens, which happens after the response is written.
         */
        void replaceConnection(Request request) {
            if (socket == null || core == null) {
                return;
            }
            var connection =
                    new JettyConnection(
                            core.getConnection(),
                            request.getConnectionMetaData().getConnector(),
                            core,
                            socket);
            core.setWebSocketConnection(connection);
            request.setAttribute(HttpStream.UPGRADE_CONNECTION_ATTRIBUTE, connection);
        }
    }
}
