package io.springline.transport.handshake;

import io.springline.auth.Authenticator;
import io.springline.auth.ProtectedResource;
import io.springline.auth.http.NoAuthorizationServer;
import io.springline.transport.AllowLists;
import io.springline.transport.TrustedProxies;
import io.springline.transport.WebSocketProperties;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpMethod;
import org.springframework.web.HttpRequestHandler;
import org.springframework.web.servlet.function.RequestPredicate;
import org.springframework.web.servlet.function.RequestPredicates;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerResponse;
import org.springframework.web.servlet.handler.SimpleUrlHandlerMapping;

/** Serves the documents from which clients learn where to get a token. */
@Configuration(proxyBeanMethods = false)
class MetadataConfiguration {

    @Bean("springlineMetadataEndpoint")
    MetadataEndpoint metadataEndpoint(
            AllowLists allowed,
            TrustedProxies proxies,
            ConnectionRates rates,
            ProtectedResource resource,
            ConnectionRefusals refusals) {
        return new MetadataEndpoint(allowed, proxies, rates, resource, refusals);
    }

    /**
     * Serves the metadata at the well-known root, and with an endpoint's path appended for this
     * endpoint. Without any credential configured there is no metadata: clients then connect
     * without a token.
     */
    @Bean("springlineMetadataRoutes")
    @Order(Ordered.HIGHEST_PRECEDENCE)
    RouterFunction<ServerResponse> metadataRoutes(
            WebSocketProperties properties,
            Authenticator authenticator,
            MetadataEndpoint endpoint) {
        String main = ProtectedResource.WELL_KNOWN + properties.path();
        RequestPredicate isMetadata =
                Stream.of(ProtectedResource.WELL_KNOWN, main, main + "/{endpoint:[A-Za-z0-9._~-]+}")
                        .flatMap(path -> Stream.of(path, path + "/"))
                        .map(RequestPredicates::path)
                        .reduce(RequestPredicate::or)
                        .orElseThrow();
        return RouterFunctions.route(
                RequestPredicates.methods(HttpMethod.GET, HttpMethod.HEAD)
                        .and(isMetadata)
                        .and(_ -> authenticator.hasCredentials()),
                endpoint::metadata);
    }

    /** After the handlers of plug-ins, which may provide an authorization server. */
    @Bean("springlineForeignMetadata")
    SimpleUrlHandlerMapping foreignMetadata(WebSocketProperties properties) {
        HttpRequestHandler notFound = new NoAuthorizationServer();
        Map<String, HttpRequestHandler> paths =
                Stream.of(
                                "/.well-known/oauth-authorization-server/**",
                                "/.well-known/openid-configuration/**",
                                ProtectedResource.WELL_KNOWN + "/**",
                                properties.path() + "/.well-known/**",
                                properties.path() + "/*/.well-known/**")
                        .collect(Collectors.toMap(path -> path, _ -> notFound));
        return new SimpleUrlHandlerMapping(paths, Ordered.LOWEST_PRECEDENCE - 2);
    }

    @Bean("springlineMetadataCors")
    FilterRegistrationBean<CrossOriginFilter> metadataCors(WebSocketProperties properties) {
        var filter = new FilterRegistrationBean<>(CrossOriginFilter.forEverybody());
        filter.addUrlPatterns("/.well-known/*", cardPath(properties));
        filter.setOrder(Ordered.HIGHEST_PRECEDENCE);
        return filter;
    }

    /** Returns the path of the server card. It is public, although it is below the endpoint. */
    static String cardPath(WebSocketProperties properties) {
        return properties.path() + "/server-card";
    }
}
