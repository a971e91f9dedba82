package io.springline.websocket;

import io.springline.auth.Authenticator;
import io.springline.dispatch.McpDispatcher;
import io.springline.session.RequestProperties;
import io.springline.session.SessionRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;
import org.springframework.web.socket.server.support.DefaultHandshakeHandler;
import org.springframework.web.socket.server.support.WebSocketHandlerMapping;
import org.springframework.web.socket.server.support.WebSocketHttpRequestHandler;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({WebSocketProperties.class, DrainProperties.class})
class WebSocketConfiguration {

    @Bean
    TransportStatistics transportStatistics() {
        return new TransportStatistics();
    }

    @Bean
    Connections connections() {
        return new Connections();
    }

    @Bean
    ConnectionLimits connectionLimits(WebSocketProperties properties) {
        return new ConnectionLimits(
                properties.maxConnections(),
                properties.maxConnectionsPerPrincipal(),
                properties.maxConnectionsPerAddress());
    }

    @Bean
    McpWebSocketHandler mcpWebSocketHandler(
            WebSocketProperties properties,
            RequestProperties requests,
            SessionRegistry sessions,
            Connections connections,
            McpDispatcher dispatcher,
            TransportStatistics statistics) {
        var factory = new ConnectionFactory(properties, requests, sessions, statistics);
        return new McpWebSocketHandler(factory, connections, dispatcher, statistics);
    }

    /**
     * Takes upgrades and nothing else, so that other requests to the same path find their own
     * answer.
     */
    @Bean
    WebSocketHandlerMapping mcpHandlerMapping(
            McpWebSocketHandler handler,
            WebSocketProperties properties,
            Authenticator authenticator,
            ConnectionLimits limits,
            TransportStatistics statistics) {
        var endpoint = new WebSocketHttpRequestHandler(handler, handshakeHandler(properties));
        endpoint.setHandshakeInterceptors(
                List.of(
                        new HostAndOriginInterceptor(
                                properties.hosts(), properties.origins(), statistics),
                        new AuthHandshakeInterceptor(authenticator, statistics),
                        new ConnectionLimitInterceptor(limits, statistics)));
        var mapping = new WebSocketHandlerMapping();
        mapping.setUrlMap(Map.of(properties.path(), endpoint));
        mapping.setWebSocketUpgradeMatch(true);
        mapping.setOrder(Ordered.HIGHEST_PRECEDENCE);
        return mapping;
    }

    private static DefaultHandshakeHandler handshakeHandler(WebSocketProperties properties) {
        var upgrade = new UncompressedUpgradeStrategy();
        long maxMessageSize = properties.maxMessageSize().toBytes();
        upgrade.addWebSocketConfigurer(container -> {
            container.setMaxTextMessageSize(maxMessageSize);
            container.setMaxBinaryMessageSize(maxMessageSize);
            container.setMaxFrameSize(maxMessageSize);
            // The heartbeat decides who is gone.
            container.setIdleTimeout(Duration.ZERO);
        });
        return new DefaultHandshakeHandler(upgrade);
    }

    @Bean
    RouterFunction<ServerResponse> mcpWithoutUpgrade(WebSocketProperties properties) {
        return RouterFunctions.route()
                .path(
                        properties.path(),
                        builder -> builder.route(_ -> true, WebSocketConfiguration::noUpgrade))
                .build();
    }

    private static ServerResponse noUpgrade(ServerRequest request) {
        boolean get = request.method().equals(HttpMethod.GET);
        var response =
                get
                        ? ServerResponse.status(HttpStatus.UPGRADE_REQUIRED)
                                .header(HttpHeaders.UPGRADE, "websocket")
                                .header(HttpHeaders.CONNECTION, "Upgrade")
                        : ServerResponse.status(HttpStatus.METHOD_NOT_ALLOWED)
                                .header(HttpHeaders.ALLOW, "GET");
        return response.contentType(MediaType.TEXT_PLAIN)
                .body("This is an MCP endpoint: connect to it by WebSocket.\n");
    }

    @Bean
    Heartbeat heartbeat(Connections connections, WebSocketProperties properties) {
        return new Heartbeat(connections, properties.heartbeat());
    }

    @Bean
    GracefulDrain gracefulDrain(
            Connections connections,
            ConnectionLimits limits,
            McpDispatcher dispatcher,
            DrainProperties properties) {
        return new GracefulDrain(connections, limits, dispatcher, properties);
    }
}
