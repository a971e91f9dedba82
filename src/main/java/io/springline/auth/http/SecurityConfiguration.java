package io.springline.auth.http;

import io.springline.auth.Authenticator;
import io.springline.auth.CallerContext;
import org.springframework.boot.security.autoconfigure.actuate.web.servlet.EndpointRequest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.authorization.AuthorizationManager;
import org.springframework.security.config.ObjectPostProcessor;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.intercept.RequestAuthorizationContext;
import org.springframework.security.web.authentication.AnonymousAuthenticationFilter;
import org.springframework.security.web.header.HeaderWriterFilter;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.security.web.util.matcher.OrRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;

/** Configures Spring Security for HTTP requests, and method security for tool beans. */
@Configuration(proxyBeanMethods = false)
@EnableMethodSecurity
class SecurityConfiguration {

    /** The order of {@link #pluginSecurity}. A plug-in may add its own chain with a lower order. */
    private static final int PLUG_INS = 1_000;

    /**
     * Writes Spring Security's headers before the body. Otherwise Jetty commits a response of more
     * than 8 KB before the headers are added.
     */
    private static final ObjectPostProcessor<HeaderWriterFilter> HEADERS_FIRST =
            new ObjectPostProcessor<>() {
                @Override
                public <O extends HeaderWriterFilter> O postProcess(O filter) {
                    filter.setShouldWriteHeadersEagerly(true);
                    return filter;
                }
            };

    /** The requests of the console page. The page itself contains no data, so it is public. */
    private static final String CONSOLE_API = "/console/api/**";

    /**
     * Protects the actuator endpoints and the console. If credentials are configured, they require
     * the role {@link CallerContext#OPERATOR}. The health status is public; its details are not,
     * see {@code management.endpoint.health.show-details}. If no credentials are configured, every
     * request has access, except from web pages of another origin.
     */
    @Bean
    @Order(1)
    SecurityFilterChain operatorSecurity(
            HttpSecurity http, Authenticator authenticator, HttpRequestGuard guard)
            throws Exception {
        boolean asked = authenticator.hasCredentials();
        AuthenticationEntryPoint entryPoint = entryPoint(asked);
        RequestMatcher health = EndpointRequest.to("health");
        RequestMatcher meters = EndpointRequest.to("metrics", "prometheus");
        var paths = PathPatternRequestMatcher.withDefaults();
        stateless(http)
                .securityMatcher(
                        new OrRequestMatcher(
                                EndpointRequest.toAnyEndpoint(),
                                paths.matcher("/console"),
                                paths.matcher("/console/**")))
                .addFilterBefore(
                        new BearerFilter(authenticator, guard, health, entryPoint),
                        AnonymousAuthenticationFilter.class)
                .exceptionHandling(handling -> handling.authenticationEntryPoint(entryPoint))
                .authorizeHttpRequests(requests -> {
                    requests.requestMatchers(health).permitAll();
                    requests.requestMatchers(meters)
                            .hasAnyRole(CallerContext.OPERATOR, CallerContext.METRICS);
                    RequestMatcher acts =
                            new OrRequestMatcher(
                                    EndpointRequest.toAnyEndpoint(), paths.matcher(CONSOLE_API));
                    if (asked) {
                        requests.requestMatchers(acts).hasRole(CallerContext.OPERATOR);
                    } else {
                        requests.requestMatchers(acts).access(ofSameOrigin(guard));
                    }
                    requests.anyRequest().permitAll();
                });
        return http.build();
    }

    /**
     * Lets requests to the MCP endpoints and to public paths pass. Handshake interceptors protect
     * the MCP endpoints.
     */
    @Bean
    @Order(2)
    SecurityFilterChain endpointSecurity(HttpSecurity http, Environment environment)
            throws Exception {
        String endpoint = environment.getProperty("springline.websocket.path", "/mcp");
        var paths = PathPatternRequestMatcher.withDefaults();
        stateless(http)
                .securityMatcher(
                        new OrRequestMatcher(
                                paths.matcher(endpoint),
                                paths.matcher(endpoint + "/**"),
                                paths.matcher("/.well-known/**"),
                                paths.matcher("/error"),
                                paths.matcher("/")))
                .authorizeHttpRequests(requests -> requests.anyRequest().permitAll());
        return http.build();
    }

    /**
     * Protects all other paths, which are those of plug-ins. If credentials are configured, they
     * require any valid one. A plug-in can make a path public with its own chain of a lower order.
     */
    @Bean
    @Order(PLUG_INS)
    SecurityFilterChain pluginSecurity(
            HttpSecurity http, Authenticator authenticator, HttpRequestGuard guard)
            throws Exception {
        boolean asked = authenticator.hasCredentials();
        AuthenticationEntryPoint challenge = entryPoint(asked);
        var noAuthorizationServer = new NoAuthorizationServer();
        AuthenticationEntryPoint entryPoint =
                (request, response, failure) -> {
                    if (asked && NoAuthorizationServer.isExpectedAt(request)) {
                        noAuthorizationServer.handleRequest(request, response);
                    } else {
                        challenge.commence(request, response, failure);
                    }
                };
        stateless(http)
                .addFilterBefore(
                        new BearerFilter(authenticator, guard, _ -> false, entryPoint),
                        AnonymousAuthenticationFilter.class)
                .exceptionHandling(handling -> handling.authenticationEntryPoint(entryPoint))
                .authorizeHttpRequests(requests -> {
                    if (asked) {
                        requests.anyRequest().authenticated();
                    } else {
                        requests.anyRequest().access(ofSameOrigin(guard));
                    }
                });
        return http.build();
    }

    private static AuthenticationEntryPoint entryPoint(boolean asked) {
        return (_, response, _) -> {
            if (asked) {
                response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
            }
            response.setStatus((asked ? HttpStatus.UNAUTHORIZED : HttpStatus.FORBIDDEN).value());
        };
    }

    private static AuthorizationManager<RequestAuthorizationContext> ofSameOrigin(
            HttpRequestGuard guard) {
        return (_, context) -> new AuthorizationDecision(guard.isSameOrigin(context.getRequest()));
    }

    /** Disables sessions, and with them CSRF protection: no chain authenticates by cookie. */
    private static HttpSecurity stateless(HttpSecurity http) throws Exception {
        return http.headers(headers -> headers.withObjectPostProcessor(HEADERS_FIRST))
                .csrf(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .requestCache(AbstractHttpConfigurer::disable)
                .sessionManagement(sessions ->
                        sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS));
    }
}
