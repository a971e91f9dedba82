package io.springline.auth;

import jakarta.servlet.http.HttpServletRequest;
import org.springframework.boot.security.autoconfigure.actuate.web.servlet.EndpointRequest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.AnonymousAuthenticationFilter;
import org.springframework.web.cors.CorsUtils;

/** Spring Security on plain HTTP requests, and on the methods of tool beans. */
@Configuration(proxyBeanMethods = false)
@EnableMethodSecurity
class SecurityConfiguration {

    /** The role that operators' endpoints ask for, where credentials are configured. */
    private static final String OPERATOR = "OPERATOR";

    /** Health and metrics are for machines; what names clients or acts on them is for operators. */
    @Bean
    @Order(1)
    SecurityFilterChain actuatorSecurity(HttpSecurity http, Authenticator authenticator)
            throws Exception {
        stateless(http)
                .securityMatcher(EndpointRequest.toAnyEndpoint())
                .addFilterBefore(
                        new BearerFilter(authenticator), AnonymousAuthenticationFilter.class)
                .exceptionHandling(handling ->
                        handling.authenticationEntryPoint((_, response, _) -> {
                            if (authenticator.hasCredentials()) {
                                response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
                                response.setStatus(HttpStatus.UNAUTHORIZED.value());
                            } else {
                                response.setStatus(HttpStatus.FORBIDDEN.value());
                            }
                        }))
                .authorizeHttpRequests(requests -> {
                    requests.requestMatchers(
                                    EndpointRequest.to("health", "info", "metrics", "prometheus"))
                            .permitAll();
                    if (authenticator.hasCredentials()) {
                        requests.anyRequest().hasRole(OPERATOR);
                    } else {
                        // Of what acts here, a POST is all that another site's page may send.
                        requests.requestMatchers(SecurityConfiguration::isForeignPost)
                                .denyAll()
                                .anyRequest()
                                .permitAll();
                    }
                });
        return http.build();
    }

    private static boolean isForeignPost(HttpServletRequest request) {
        return CorsUtils.isCorsRequest(request) && request.getMethod().equals("POST");
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
        return http.csrf(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .requestCache(AbstractHttpConfigurer::disable)
                .sessionManagement(sessions ->
                        sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS));
    }
}
