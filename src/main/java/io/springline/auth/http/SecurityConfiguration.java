package io.springline.auth.http;

import static io.springline.auth.http.EndpointSecurityConfiguration.entryPoint;
import static io.springline.auth.http.EndpointSecurityConfiguration.stateless;
import static io.springline.auth.http.EndpointSecurityConfiguration.withoutCredentials;

import io.springline.auth.Authenticator;
import io.springline.auth.CallerContext;
import org.springframework.boot.security.autoconfigure.actuate.web.servlet.EndpointRequest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.observation.SecurityObservationSettings;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.AnonymousAuthenticationFilter;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.security.web.util.matcher.OrRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;

/**
 * Configures Spring Security for all paths of the service that {@link
 * EndpointSecurityConfiguration} leaves, and method security for tool beans.
 */
@Configuration(proxyBeanMethods = false)
@EnableMethodSecurity
class SecurityConfiguration {

    /** The order of {@link #pluginSecurity}. A plug-in may add its own chain with a lower order. */
    private static final int PLUG_INS = 1_000;

    /** Disables the spans and meters of Spring Security, two of each filter for each request. */
    @Bean
    SecurityObservationSettings noSecurityObservations() {
        return SecurityObservationSettings.noObservations();
    }

    /**
     * Protects the actuator endpoints. If credentials are configured, they require the role {@link
     * CallerContext#OPERATOR}. The health status is public; its details are not, see {@code
     * management.endpoint.health.show-details}. If no credentials are configured, the meters are
     * public too, and for the rest see {@link EndpointSecurityConfiguration#withoutCredentials}.
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
        stateless(http)
                .securityMatcher(EndpointRequest.toAnyEndpoint())
                .addFilterBefore(
                        new BearerFilter(authenticator, guard, health, entryPoint),
                        AnonymousAuthenticationFilter.class)
                .exceptionHandling(handling -> handling.authenticationEntryPoint(entryPoint))
                .authorizeHttpRequests(requests -> {
                    requests.requestMatchers(health).permitAll();
                    if (asked) {
                        requests.requestMatchers(meters)
                                .hasAnyRole(CallerContext.OPERATOR, CallerContext.METRICS);
                        requests.anyRequest().hasRole(CallerContext.OPERATOR);
                    } else {
                        requests.requestMatchers(meters).permitAll();
                        requests.anyRequest().access(withoutCredentials(guard));
                    }
                });
        return http.build();
    }

    /** Lets requests to public paths pass. */
    @Bean
    @Order(3)
    SecurityFilterChain publicSecurity(HttpSecurity http) throws Exception {
        var paths = PathPatternRequestMatcher.withDefaults();
        stateless(http)
                .securityMatcher(
                        new OrRequestMatcher(
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
                        requests.anyRequest().access(withoutCredentials(guard));
                    }
                });
        return http.build();
    }
}
