package io.springline.transport.http;

import io.springline.dispatch.Dispatchers;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.resume.ResumableSessions;
import io.springline.session.RequestProperties;
import io.springline.session.SessionRegistry;
import io.springline.session.limit.UnreadMemory;
import io.springline.transport.EndpointHandlerMapping;
import io.springline.transport.EndpointPaths;
import io.springline.transport.RequestDeadline;
import io.springline.transport.TransportStatistics;
import io.springline.transport.WebSocketProperties;
import io.springline.transport.handshake.RequestAdmission;
import io.springline.transport.http.stream.StreamSettings;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.util.thread.VirtualThreadPool;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.servlet.function.RequestPredicates;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerResponse;

/** Wires Streamable HTTP at the endpoints. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty(
        name = "springline.http.enabled",
        havingValue = "true",
        matchIfMissing = true)
class HttpTransportConfiguration {

    /** Jetty's default of 1024 takes 80 KB per connection, even for one that waits on a stream. */
    private static final int HEADER_CACHE_SIZE = 0;

    @Bean("springlineLegacySessions")
    LegacySessions legacySessions(ResumableSessions resumable, HttpTransportProperties properties) {
        return new LegacySessions(resumable, properties);
    }

    @Bean("springlineHttpExchanges")
    HttpExchanges httpExchanges(
            HttpTransportProperties properties,
            WebSocketProperties common,
            RequestProperties requests,
            SessionRegistry sessions,
            UnreadMemory unread,
            RequestDeadline deadline,
            TransportStatistics statistics,
            RequestAdmission admission) {
        var settings =
                new StreamSettings(
                        common.outboundBufferSize().toBytes(),
                        common.writeTimeout().toNanos(),
                        properties.streamAfter().toNanos(),
                        properties.keepAlive().toNanos());
        return new HttpExchanges(
                properties,
                settings,
                requests,
                sessions,
                unread,
                codec(common),
                deadline,
                statistics,
                admission::hasEnded);
    }

    @Bean("springlineHttpConnections")
    HttpConnections httpConnections(LegacySessions sessions, HttpExchanges exchanges) {
        return new HttpConnections(sessions, exchanges);
    }

    @Bean("springlineHttpDrain")
    HttpDrain httpDrain(
            LegacySessions sessions,
            HttpExchanges exchanges,
            ResumableSessions resumable,
            Dispatchers dispatchers) {
        return new HttpDrain(sessions, exchanges, resumable, dispatchers);
    }

    private static JsonRpcCodec codec(WebSocketProperties common) {
        return JsonRpcCodec.json((int) common.maxMessageSize().toBytes());
    }

    /**
     * Removes Jetty's limit of 200 concurrent virtual threads. Each open stream occupies one, so
     * 200 streams would block all further requests. The connection limits bound their number.
     */
    @Bean("springlineUnboundedVirtualThreads")
    WebServerFactoryCustomizer<JettyServletWebServerFactory> unboundedVirtualThreads() {
        return factory ->
                factory.addServerCustomizers(server -> {
                    if (server.getThreadPool() instanceof VirtualThreadPool threads) {
                        threads.setMaxConcurrentTasks(0);
                    }
                    for (Connector connector : server.getConnectors()) {
                        connector.getConnectionFactories().stream()
                                .filter(HttpConfiguration.ConnectionFactory.class::isInstance)
                                .map(HttpConfiguration.ConnectionFactory.class::cast)
                                .map(HttpConfiguration.ConnectionFactory::getHttpConfiguration)
                                .forEach(each -> each.setHeaderCacheSize(HEADER_CACHE_SIZE));
                    }
                });
    }

    /** Before the route for requests without an upgrade, which is used if HTTP is disabled. */
    @Bean("springlineMcpHttpMissing")
    @Order(0)
    RouterFunction<ServerResponse> mcpHttpMissing(
            WebSocketProperties common, EndpointPaths paths, RequestAdmission admission) {
        var missing = new MissingEndpoint(paths, admission, new HttpErrors(codec(common)));
        String below = common.path() + "/{endpoint}";
        return RouterFunctions.route(
                RequestPredicates.path(below)
                        .or(RequestPredicates.path(below + "/"))
                        .and(missing::matches),
                missing::answer);
    }

    /** After the mapping for WebSocket upgrades. */
    @Bean("springlineMcpHttpMapping")
    EndpointHandlerMapping mcpHttpMapping(
            HttpTransportProperties properties,
            WebSocketProperties common,
            EndpointPaths paths,
            Dispatchers dispatchers,
            RequestAdmission admission,
            LegacySessions sessions,
            ResumableSessions resumable,
            HttpExchanges exchanges) {
        var errors = new HttpErrors(codec(common));
        var limits =
                new McpHttpHandler.Limits(
                        common.maxMessageSize().toBytes(), common.requestTimeout().toNanos());
        var scopes = new ScopeChallenge(admission);
        return new EndpointHandlerMapping(
                paths,
                _ -> true,
                name -> {
                    var endpoint =
                            new Endpoint(name, dispatchers.of(name), dispatchers.connections(name));
                    return new McpHttpHandler(
                            admission,
                            errors,
                            new ModernPost(
                                    endpoint,
                                    exchanges,
                                    errors,
                                    scopes,
                                    properties.lenientVersionHeader()),
                            new LegacyRequests(
                                    endpoint,
                                    admission,
                                    sessions,
                                    new SessionOpenings(endpoint, exchanges, sessions, resumable),
                                    exchanges,
                                    errors,
                                    scopes),
                            limits);
                },
                Ordered.HIGHEST_PRECEDENCE + 1);
    }
}
