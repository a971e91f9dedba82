package io.springline.auth;

import org.springframework.boot.security.autoconfigure.actuate.web.servlet.EndpointRequest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.config.ObjectPostProcessor;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.AnonymousAuthenticationFilter;
import org.springframework.security.web.header.HeaderWriterFilter;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.security.web.util.matcher.OrRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;

/** Spring Security on plain HTTP requests, and on the methods of tool beans. */
@Configuration(proxyBeanMethods = false)
@EnableMethodSecurity
class SecurityConfiguration {

    /** The role that operators' endpoints require if credentials are configured. */
    static final String OPERATOR = "OPERATOR";

    /** The role of a scraper: it may read meters and the details of health, and nothing else. */
    static final String METRICS = "METRICS";

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
        AuthenticationEntryPoint entryPoint =
                (_, response, _) -> {
                    if (asked) {
                        response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
                    }
                    response.setStatus(
                            (asked ? HttpStatus.UNAUTHORIZED : HttpStatus.FORBIDDEN).value());
                };
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
                    requests.requestMatchers(meters).hasAnyRole(OPERATOR, METRICS);
                    RequestMatcher acts =
                            new OrRequestMatcher(
                                    EndpointRequest.toAnyEndpoint(), paths.matcher(CONSOLE_API));
                    if (asked) {
                        requests.requestMatchers(acts).hasRole(OPERATOR);
                    } else {
                        requests.requestMatchers(acts)
                                .access((_, context) ->
                                        new AuthorizationDecision(
                                                guard.isSameOrigin(context.getRequest())));
                    }
                    requests.anyRequest().permitAll();
                });
        return http.build();
    }

    /** Upgrades are looked at by the handshake interceptors; there is nothing else to protect. */
    @Bean
    @Order(2)
    SecurityFilterChain endpointSecurity(HttpSecurity http) throws Exception {
        stateless(http).authorizeHttpRequests(requests -> requests.anyRequest().permitAll());
        return http.build();
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
