package io.springline.transport.websocket;

import io.springline.auth.Authenticator;
import io.springline.dispatch.Dispatchers;
import io.springline.resume.ResumableSessions;
import io.springline.session.McpSession;
import io.springline.session.RequestProperties;
import io.springline.session.SessionRegistry;
import io.springline.session.limit.ProcessorShares;
import io.springline.session.limit.UnreadMemory;
import io.springline.transport.EndpointHandlerMapping;
import io.springline.transport.EndpointPaths;
import io.springline.transport.RequestDeadline;
import io.springline.transport.TransportStatistics;
import io.springline.transport.UpgradeRequired;
import io.springline.transport.WebSocketProperties;
import io.springline.transport.handshake.ConnectionRefusals;
import io.springline.transport.handshake.EndpointRoleInterceptor;
import io.springline.transport.handshake.HandshakeConfiguration.HandshakeChecks;
import io.springline.transport.handshake.TicketEndpoint;
import io.springline.transport.websocket.jetty.JettyUpgradeStrategy;
import io.springline.transport.websocket.jetty.MessageDeflate;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.web.servlet.function.RequestPredicates;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerResponse;
import org.springframework.web.socket.server.support.DefaultHandshakeHandler;
import org.springframework.web.socket.server.support.WebSocketHttpRequestHandler;

/** Wires the WebSocket endpoints, keep-alive and request deadlines. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(WebSocketProperties.class)
public class WebSocketConfiguration {

    /** Allowed in addition to few WebSockets, because health checks and metrics use HTTP. */
    private static final int MIN_HTTP_CONNECTIONS = 100;

    @Bean("springlineTransportStatistics")
    TransportStatistics transportStatistics() {
        return new TransportStatistics();
    }

    @Bean("springlineConnections")
    Connections connections() {
        return new Connections();
    }

    /**
     * Maps WebSocket upgrades at the endpoints' paths. Other requests to the same paths go to other
     * mappings.
     */
    @Bean("springlineMcpHandlerMapping")
    EndpointHandlerMapping mcpHandlerMapping(
            WebSocketProperties properties,
            RequestProperties requests,
            SessionRegistry sessions,
            ResumableSessions resumable,
            ProcessorShares shares,
            UnreadMemory unread,
            Connections connections,
            Dispatchers dispatchers,
            HandshakeChecks checks,
            EndpointPaths paths,
            ConnectionRefusals refusals,
            TransportStatistics statistics) {
        var handshake = handshakeHandler(properties, statistics);
        return new EndpointHandlerMapping(
                paths,
                WebSocketConfiguration::isUpgrade,
                endpoint -> {
                    var factory =
                            new ConnectionFactory(
                                    endpoint,
                                    properties,
                                    requests,
                                    sessions,
                                    resumable,
                                    shares,
                                    unread,
                                    statistics);
                    var handler =
                            new McpWebSocketHandler(
                                    factory,
                                    connections,
                                    dispatchers.of(endpoint),
                                    statistics,
                                    properties.binary().enabled());
                    var upgrades = new WebSocketHttpRequestHandler(handler, handshake);
                    upgrades.setHandshakeInterceptors(
                            checks.interceptors(
                                    new EndpointRoleInterceptor(
                                            caller -> dispatchers.mayUse(endpoint, caller),
                                            refusals),
                                    new EndpointLimitInterceptor(
                                            dispatchers.connections(endpoint), refusals)));
                    return upgrades;
                },
                Ordered.HIGHEST_PRECEDENCE);
    }

    private static boolean isUpgrade(HttpServletRequest request) {
        return request.getMethod().equals("GET")
                && "websocket".equalsIgnoreCase(request.getHeader(HttpHeaders.UPGRADE));
    }

    private static DefaultHandshakeHandler handshakeHandler(
            WebSocketProperties properties, TransportStatistics statistics) {
        int maxMessageSize = (int) properties.maxMessageSize().toBytes();
        var compression = properties.compression();
        var deflate =
                compression.enabled()
                        ? new MessageDeflate(
                                (int) compression.threshold().toBytes(), maxMessageSize, statistics)
                        : null;
        return new DefaultHandshakeHandler(new JettyUpgradeStrategy(maxMessageSize, deflate));
    }

    @Bean("springlineMcpWithoutUpgrade")
    RouterFunction<ServerResponse> mcpWithoutUpgrade(
            WebSocketProperties properties, EndpointPaths paths, TicketEndpoint tickets) {
        String path = properties.path();
        return RouterFunctions.route()
                .route(
                        RequestPredicates.GET(path + "/{endpoint}")
                                .or(RequestPredicates.GET(path + "/{endpoint}/"))
                                .and(request -> !paths.exists(request.pathVariable("endpoint"))),
                        tickets::missing)
                .route(
                        RequestPredicates.path(path)
                                .or(RequestPredicates.path(path + "/"))
                                .or(RequestPredicates.path(path + "/{endpoint}"))
                                .or(RequestPredicates.path(path + "/{endpoint}/")),
                        UpgradeRequired::response)
                .build();
    }

    @Bean("springlineRequestDeadline")
    RequestDeadline requestDeadline(WebSocketProperties properties) {
        return new RequestDeadline(
                properties.requestTimeout(),
                Math.max(MIN_HTTP_CONNECTIONS, properties.maxConnections()));
    }

    @Bean("springlineHeartbeat")
    Heartbeat heartbeat(Connections connections, WebSocketProperties properties) {
        return new Heartbeat(connections, properties.heartbeat());
    }

    @Bean("springlineCredentialWatch")
    CredentialWatch credentialWatch(Connections connections, Authenticator authenticator) {
        return new CredentialWatch(
                connections,
                authenticator.deadline(),
                authenticator::isRevoked,
                McpSession::isResumable);
    }
}
