package io.springline.auth.http;

import io.springline.auth.Authenticator;
import io.springline.auth.CallerContext;
import io.springline.auth.ProtectedResource;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.function.Supplier;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.authorization.AuthorityAuthorizationManager;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.authorization.AuthorizationManager;
import org.springframework.security.authorization.AuthorizationManagers;
import org.springframework.security.config.ObjectPostProcessor;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.DefaultSecurityFilterChain;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.intercept.RequestAuthorizationContext;
import org.springframework.security.web.authentication.AnonymousAuthenticationFilter;
import org.springframework.security.web.header.HeaderWriterFilter;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.security.web.util.matcher.AnyRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;
import org.springframework.util.function.SingletonSupplier;

/**
 * Configures Spring Security for the paths of Springline, and no others. If the application or a
 * plug-in has a chain for one of these paths, that chain is used for it.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(
        name =
                "org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration")
class EndpointSecurityConfiguration {

    /** Before the chain for all other paths, since Spring Security permits none after it. */
    private static final int FIRST = Ordered.HIGHEST_PRECEDENCE + 100;

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
     * Protects the console. If credentials are configured, it requires the role {@link
     * CallerContext#OPERATOR}. If none are configured, see {@link #withoutCredentials}.
     */
    @Bean
    @Order(FIRST)
    @ConditionalOnBooleanProperty("springline.console.enabled")
    @ConditionalOnMissingBean(name = "springlineConsoleSecurity")
    SecurityFilterChain springlineConsoleSecurity(
            HttpSecurity http,
            Authenticator authenticator,
            HttpRequestGuard guard,
            ObjectProvider<SecurityFilterChain> chains)
            throws Exception {
        boolean asked = authenticator.hasCredentials();
        AuthenticationEntryPoint entryPoint = entryPoint(asked);
        var paths = PathPatternRequestMatcher.withDefaults();
        stateless(http)
                .securityMatcher(
                        new UnclaimedPaths(
                                chains, paths.matcher("/console"), paths.matcher("/console/**")))
                .addFilterBefore(
                        new BearerFilter(authenticator, guard, _ -> false, entryPoint),
                        AnonymousAuthenticationFilter.class)
                .exceptionHandling(handling -> handling.authenticationEntryPoint(entryPoint))
                .authorizeHttpRequests(requests -> {
                    var api = requests.requestMatchers(paths.matcher(CONSOLE_API));
                    if (asked) {
                        api.hasRole(CallerContext.OPERATOR);
                    } else {
                        api.access(withoutCredentials(guard));
                    }
                    requests.anyRequest().permitAll();
                });
        return http.build();
    }

    /**
     * Lets requests to the MCP endpoints and to their metadata pass, and adds only the security
     * headers to their responses: the endpoints authenticate their callers themselves, and each
     * further filter would cost each call over HTTP.
     */
    @Bean
    @Order(FIRST + 1)
    @ConditionalOnMissingBean(name = "springlineEndpointSecurity")
    SecurityFilterChain springlineEndpointSecurity(
            HttpSecurity http, Environment environment, ObjectProvider<SecurityFilterChain> chains)
            throws Exception {
        String endpoint = environment.getProperty("springline.websocket.path", "/mcp");
        var paths = PathPatternRequestMatcher.withDefaults();
        http.headers(headers -> headers.withObjectPostProcessor(HEADERS_FIRST))
                .csrf(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .requestCache(AbstractHttpConfigurer::disable)
                .sessionManagement(AbstractHttpConfigurer::disable)
                .securityContext(AbstractHttpConfigurer::disable)
                .servletApi(AbstractHttpConfigurer::disable)
                .exceptionHandling(AbstractHttpConfigurer::disable)
                .anonymous(AbstractHttpConfigurer::disable)
                .securityMatcher(
                        new UnclaimedPaths(
                                chains,
                                paths.matcher(endpoint),
                                paths.matcher(endpoint + "/**"),
                                paths.matcher(ProtectedResource.WELL_KNOWN),
                                paths.matcher(ProtectedResource.WELL_KNOWN + "/**"),
                                paths.matcher("/.well-known/mcp/**")));
        return http.build();
    }

    /**
     * Authenticates users who consent to calls on their behalf. The paths are public: the page
     * contains no data, and its API checks who has authenticated.
     */
    @Bean
    @Order(FIRST + 2)
    @ConditionalOnMissingBean(name = "springlineConsentSecurity")
    SecurityFilterChain springlineConsentSecurity(
            HttpSecurity http,
            Authenticator authenticator,
            HttpRequestGuard guard,
            ObjectProvider<SecurityFilterChain> chains)
            throws Exception {
        var paths = PathPatternRequestMatcher.withDefaults();
        stateless(http)
                .securityMatcher(
                        new UnclaimedPaths(
                                chains,
                                paths.matcher("/springline/consent"),
                                paths.matcher("/springline/consent/**")))
                .addFilterBefore(
                        new BearerFilter(
                                authenticator,
                                guard,
                                _ -> false,
                                entryPoint(authenticator.hasCredentials())),
                        AnonymousAuthenticationFilter.class)
                .authorizeHttpRequests(requests -> requests.anyRequest().permitAll());
        return http.build();
    }

    static AuthenticationEntryPoint entryPoint(boolean asked) {
        return (_, response, _) -> {
            if (asked) {
                response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
            }
            response.setStatus((asked ? HttpStatus.UNAUTHORIZED : HttpStatus.FORBIDDEN).value());
        };
    }

    /**
     * Grants access if no credentials are configured: to every request to which {@link
     * BearerFilter} has given the operator's role, except from web pages of another origin.
     */
    static AuthorizationManager<RequestAuthorizationContext> withoutCredentials(
            HttpRequestGuard guard) {
        return AuthorizationManagers.allOf(
                AuthorityAuthorizationManager.hasRole(CallerContext.OPERATOR),
                (_, context) ->
                        new AuthorizationDecision(guard.isSameOrigin(context.getRequest())));
    }

    /** Disables sessions, and with them CSRF protection: no chain authenticates by cookie. */
    static HttpSecurity stateless(HttpSecurity http) throws Exception {
        return http.headers(headers -> headers.withObjectPostProcessor(HEADERS_FIRST))
                .csrf(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .requestCache(AbstractHttpConfigurer::disable)
                .sessionManagement(sessions ->
                        sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS));
    }

    /** Matches our paths, unless a chain of the application for certain paths matches too. */
    private static final class UnclaimedPaths implements RequestMatcher {

        private final Supplier<List<RequestMatcher>> claims;
        private final List<RequestMatcher> ours;

        UnclaimedPaths(ObjectProvider<SecurityFilterChain> chains, RequestMatcher... ours) {
            // at the first request: the chains cannot be resolved while one of them is created
            this.claims = SingletonSupplier.of(() -> claims(chains));
            this.ours = List.of(ours);
        }

        private static List<RequestMatcher> claims(ObjectProvider<SecurityFilterChain> chains) {
            return chains.stream()
                    .filter(DefaultSecurityFilterChain.class::isInstance)
                    .map(chain -> ((DefaultSecurityFilterChain) chain).getRequestMatcher())
                    .filter(UnclaimedPaths::isForCertainPaths)
                    .toList();
        }

        @Override
        public boolean matches(HttpServletRequest request) {
            return isMatched(ours, request) && !isMatched(claims.get(), request);
        }

        private static boolean isMatched(
                List<RequestMatcher> matchers, HttpServletRequest request) {
            for (RequestMatcher each : matchers) {
                if (each.matches(request)) {
                    return true;
                }
            }
            return false;
        }

        private static boolean isForCertainPaths(RequestMatcher matcher) {
            return !(matcher instanceof UnclaimedPaths || matcher instanceof AnyRequestMatcher);
        }
    }
}
