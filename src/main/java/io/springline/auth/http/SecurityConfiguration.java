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

/** Spring Security on plain HTTP requests, and on the methods of tool beans. */
@Configuration(proxyBeanMethods = false)
@EnableMethodSecurity
class SecurityConfiguration {

    /** Before this order a plug-in may place a chain of its own. */
    private static final int PLUG_INS = 1_000;

    /**
     * Security's headers are written before the answer: Jetty sends one of more than 8 KB off
     * before Security notices that it is time.
     */
    private static final ObjectPostProcessor<HeaderWriterFilter> HEADERS_FIRST =
            new ObjectPostProcessor<>() {
                @Override
                public <O extends HeaderWriterFilter> O postProcess(O filter) {
                    filter.setShouldWriteHeadersEagerly(true);
                    return filter;
                }
            };

    /** The console: what it reads and does is for operators; its page alone shows nothing. */
    private static final String CONSOLE_API = "/console/api/**";

    /**
     * Once credentials are configured, operators' endpoints require the role of one. Status for
     * probes is open to everybody; its details are not, see {@code
     * management.endpoint.health.show-details}. Without credentials everybody who gets here is an
     * operator, but no foreign web page.
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
     * The service's own paths: handshake interceptors protect the endpoints, the rest is public.
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
     * Paths of plug-ins. They require any valid credential once one is configured; a plug-in that
     * opens its own paths brings a chain that comes before this one.
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

    /** No cookies, so no CSRF; tokens are checked where they are needed. */
    private static HttpSecurity stateless(HttpSecurity http) throws Exception {
        return http.headers(headers -> headers.withObjectPostProcessor(HEADERS_FIRST))
                .csrf(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .requestCache(AbstractHttpConfigurer::disable)
                .sessionManagement(sessions ->
                        sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS));
    }
}
