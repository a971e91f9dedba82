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
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.AnonymousAuthenticationFilter;
import org.springframework.security.web.header.HeaderWriterFilter;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.security.web.util.matcher.OrRequestMatcher;

/** Spring Security on plain HTTP requests, and on the methods of tool beans. */
@Configuration(proxyBeanMethods = false)
@EnableMethodSecurity
class SecurityConfiguration {

    /** The role that operators' endpoints ask for, where credentials are configured. */
    private static final String OPERATOR = "OPERATOR";

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

    /** What the console reads and does; its page alone tells nothing. */
    private static final String CONSOLE = "/console/api/**";

    /**
     * Health and metrics are for machines; what names clients or acts on them is for operators.
     * Where there are no credentials, everybody on this machine is one, but no foreign web page.
     */
    @Bean
    @Order(1)
    SecurityFilterChain operatorSecurity(
            HttpSecurity http, Authenticator authenticator, OwnPages pages) throws Exception {
        boolean asked = authenticator.hasCredentials();
        stateless(http)
                .securityMatcher(
                        new OrRequestMatcher(
                                EndpointRequest.toAnyEndpoint(),
                                PathPatternRequestMatcher.withDefaults().matcher(CONSOLE)))
                .addFilterBefore(
                        new BearerFilter(authenticator), AnonymousAuthenticationFilter.class)
                .exceptionHandling(handling ->
                        handling.authenticationEntryPoint((_, response, _) -> {
                            if (asked) {
                                response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
                            }
                            response.setStatus(
                                    (asked ? HttpStatus.UNAUTHORIZED : HttpStatus.FORBIDDEN)
                                            .value());
                        }))
                .authorizeHttpRequests(requests -> {
                    requests.requestMatchers(
                                    EndpointRequest.to("health", "info", "metrics", "prometheus"))
                            .permitAll();
                    if (asked) {
                        requests.anyRequest().hasRole(OPERATOR);
                    } else {
                        requests.anyRequest()
                                .access((_, context) ->
                                        new AuthorizationDecision(
                                                pages.made(context.getRequest())));
                    }
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
