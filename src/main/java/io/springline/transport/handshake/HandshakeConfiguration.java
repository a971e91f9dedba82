package io.springline.transport.handshake;

import io.springline.auth.Authenticator;
import io.springline.auth.ProtectedResource;
import io.springline.auth.Tickets;
import io.springline.auth.UrlTokens;
import io.springline.auth.http.HttpRequestGuard;
import io.springline.dispatch.Dispatchers;
import io.springline.session.RequestProperties;
import io.springline.session.limit.ProcessorShares;
import io.springline.transport.AllowLists;
import io.springline.transport.EndpointPaths;
import io.springline.transport.TransportStatistics;
import io.springline.transport.TrustedProxies;
import io.springline.transport.WebSocketProperties;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerResponse;
import org.springframework.web.socket.server.HandshakeInterceptor;

/** Wires the checks before a connection opens, the ticket endpoint and CORS. */
@Configuration(proxyBeanMethods = false)
public class HandshakeConfiguration {

    /**
     * The interceptors of a handshake.
     *
     * @param first before authentication, in their order
     * @param authentication of clients
     * @param limits after authentication
     */
    public record HandshakeChecks(
            List<HandshakeInterceptor> first,
            HandshakeInterceptor authentication,
            HandshakeInterceptor limits) {

        /**
         * Returns the interceptors of a client's handshake, in their order.
         *
         * @param role checks the role of the client
         * @param limit checks the limit of the endpoint
         */
        public List<HandshakeInterceptor> interceptors(
                HandshakeInterceptor role, HandshakeInterceptor limit) {
            List<HandshakeInterceptor> all = with(authentication, role);
            all.add(limit);
            return all;
        }

        /** Returns the interceptors with another authentication. */
        public List<HandshakeInterceptor> authenticatedBy(HandshakeInterceptor other) {
            return with(other);
        }

        private List<HandshakeInterceptor> with(HandshakeInterceptor... middle) {
            var all = new ArrayList<>(first);
            all.addAll(List.of(middle));
            all.add(limits);
            return all;
        }
    }

    @Bean("springlineEndpointPaths")
    EndpointPaths endpointPaths(WebSocketProperties properties, Dispatchers dispatchers) {
        return new EndpointPaths(properties.path(), dispatchers);
    }

    @Bean("springlineConnectionLimits")
    ConnectionLimits connectionLimits(WebSocketProperties properties) {
        return new ConnectionLimits(
                properties.maxConnections(),
                properties.maxConnectionsPerPrincipal(),
                properties.maxConnectionsPerAddress(),
                properties.maxUnauthenticatedConnections(),
                properties.maxUnauthenticatedConnectionsPerAddress());
    }

    @Bean("springlineConnectionRates")
    ConnectionRates connectionRates(WebSocketProperties properties) {
        return new ConnectionRates(properties.connectionRatePerAddress());
    }

    @Bean("springlineTrustedProxies")
    TrustedProxies trustedProxies(WebSocketProperties properties) {
        return new TrustedProxies(properties.trustedProxies());
    }

    @Bean("springlineAllowLists")
    AllowLists allowLists(WebSocketProperties properties) {
        return new AllowLists(properties);
    }

    @Bean("springlineAllowListReload")
    AllowListReload allowListReload(
            AllowLists allowed, TrustedProxies proxies, Authenticator authenticator) {
        return new AllowListReload(allowed, proxies, authenticator);
    }

    @Bean("springlineOperatorRequestGuard")
    HttpRequestGuard operatorRequestGuard(
            AllowLists allowed,
            TrustedProxies proxies,
            ConnectionRates rates,
            ConnectionRefusals refusals) {
        return new OperatorRequestGuard(allowed, proxies, rates, refusals);
    }

    @Bean("springlineConnectionRefusals")
    ConnectionRefusals refusals(TransportStatistics statistics) {
        return new ConnectionRefusals(statistics);
    }

    @Bean("springlineRequestAdmission")
    RequestAdmission requestAdmission(
            AllowLists allowed,
            RequestProperties requests,
            TrustedProxies proxies,
            Authenticator authenticator,
            ProtectedResource resource,
            ConnectionLimits limits,
            ConnectionRates handshakes,
            ProcessorShares shares,
            ConnectionRefusals refusals) {
        return new RequestAdmission(
                allowed,
                proxies,
                authenticator,
                resource,
                limits,
                handshakes,
                requests.rate(),
                shares,
                refusals);
    }

    @Bean("springlineHandshakeChecks")
    HandshakeChecks handshakeChecks(
            WebSocketProperties properties,
            AllowLists allowed,
            TrustedProxies proxies,
            ConnectionRates rates,
            Authenticator authenticator,
            ProtectedResource resource,
            ConnectionLimits limits,
            ConnectionRefusals refusals) {
        AllowListReload.check(properties, authenticator);
        return new HandshakeChecks(
                List.of(
                        new ConnectionRateInterceptor(proxies, rates, refusals),
                        new HostAndOriginInterceptor(new HostAndOriginCheck(allowed), refusals)),
                new AuthHandshakeInterceptor(authenticator, resource, refusals),
                new ConnectionLimitInterceptor(limits, refusals));
    }

    /** Runs after Boot's own customizers, which may replace the connectors. */
    @Bean("springlineCredentialExtraction")
    WebServerFactoryCustomizer<JettyServletWebServerFactory> credentialExtraction(
            WebSocketProperties properties, UrlTokens urlTokens) {
        var extractor = new CredentialExtractor(properties.path(), urlTokens::isConfigured);
        return factory ->
                factory.addServerCustomizers(server -> {
                    for (Connector connector : server.getConnectors()) {
                        connector.getConnectionFactories().stream()
                                .filter(HttpConfiguration.ConnectionFactory.class::isInstance)
                                .map(HttpConfiguration.ConnectionFactory.class::cast)
                                .forEach(each ->
                                        each.getHttpConfiguration().addCustomizer(extractor));
                    }
                });
    }

    @Bean("springlineTicketEndpoint")
    TicketEndpoint ticketEndpoint(
            AllowLists allowed,
            TrustedProxies proxies,
            ConnectionRates rates,
            Authenticator authenticator,
            Tickets tickets,
            ProtectedResource resource,
            ConnectionRefusals refusals,
            EndpointPaths paths) {
        return new TicketEndpoint(
                allowed, proxies, rates, authenticator, tickets, resource, refusals, paths);
    }

    /** Before the routes for all other requests at the endpoint's paths. */
    @Bean("springlineTicketRoute")
    @Order(Ordered.HIGHEST_PRECEDENCE)
    @ConditionalOnProperty("springline.auth.ticket.enabled")
    RouterFunction<ServerResponse> ticketRoute(
            WebSocketProperties properties, TicketEndpoint endpoint) {
        return RouterFunctions.route().POST(ticketPath(properties), endpoint::ticket).build();
    }

    @Bean("springlineEndpointCors")
    FilterRegistrationBean<CrossOriginFilter> endpointCors(
            WebSocketProperties properties,
            AllowLists allowed,
            @Value("${springline.http.enabled:true}") boolean httpEnabled) {
        var filter =
                new FilterRegistrationBean<>(
                        CrossOriginFilter.forOrigins(
                                allowed, MetadataConfiguration.cardPath(properties)));
        if (httpEnabled) {
            filter.addUrlPatterns(properties.path(), properties.path() + "/*");
        } else {
            filter.addUrlPatterns(ticketPath(properties));
        }
        filter.setOrder(Ordered.HIGHEST_PRECEDENCE);
        return filter;
    }

    private static String ticketPath(WebSocketProperties properties) {
        return properties.path() + '/' + WebSocketProperties.TICKET;
    }
}
