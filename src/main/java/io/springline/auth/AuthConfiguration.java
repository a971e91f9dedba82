package io.springline.auth;

import io.springline.auth.access.AccessRules;
import io.springline.auth.token.Revocations;
import io.springline.config.InvalidConfigurationException;
import io.springline.session.Backplane;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.security.oauth2.jwt.JwtDecoder;

/** Configures authentication and access rules. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(AuthProperties.class)
class AuthConfiguration {

    private static final String JWT = "spring.security.oauth2.resourceserver.jwt.";

    @Bean("springlineApiTokens")
    ApiTokens apiTokens(AuthProperties properties) {
        return new ApiTokens(properties.tokens());
    }

    @Bean("springlineAuthReload")
    @Order(Ordered.LOWEST_PRECEDENCE)
    AuthReload authReload(
            ApiTokens tokens, UrlTokens urlTokens, AccessRules rules, ProtectedResource resource) {
        return new AuthReload(tokens, urlTokens, rules, resource);
    }

    @Bean("springlineAuthenticator")
    Authenticator authenticator(
            AuthProperties properties,
            ApiTokens tokens,
            CallerTokens callerTokens,
            Tickets tickets,
            UrlTokens urlTokens,
            ObjectProvider<JwtDecoder> jwts,
            Environment environment) {
        requireAudience(environment);
        return new Authenticator(
                new BearerTokens(tokens, jwts.getIfAvailable()),
                callerTokens,
                tickets,
                urlTokens,
                new SessionPrincipals(properties.sessionCookie().enabled()),
                new ClientCertificates(
                        properties.clientCertificates().enabled(),
                        properties.clientCertificates().roles()),
                properties.inBand(),
                properties.allowAnonymous());
    }

    @Bean("springlineCallerTokens")
    CallerTokens callerTokens() {
        return new CallerTokens();
    }

    @Bean("springlineTickets")
    Tickets tickets(AuthProperties properties) {
        return new Tickets(
                properties.ticket().enabled(),
                properties.ticket().lifetime(),
                properties.ticket().maxOutstanding(),
                InstantSource.system());
    }

    @Bean("springlineUrlTokens")
    UrlTokens urlTokens(AuthProperties properties, Backplane backplane) {
        return new UrlTokens(properties.urlTokens(), backplane, InstantSource.system());
    }

    @Bean("springlineUrlTokenRevocations")
    Revocations urlTokenRevocations(UrlTokens tokens) {
        return tokens.revocations();
    }

    @Bean("springlineAccessRules")
    AccessRules accessRules(AuthProperties properties) {
        return new AccessRules(properties.rules().stream().map(AuthProperties.Rule::rule).toList());
    }

    @Bean("springlineProtectedResource")
    ProtectedResource protectedResource(AuthProperties properties, Environment environment) {
        return new ProtectedResource(
                environment.getProperty("springline.websocket.path", "/mcp"),
                properties.publicUrl(),
                environment.getProperty(JWT + "issuer-uri"),
                properties.ruleScopes(),
                properties.initialScopes());
    }

    /**
     * Without an audience, tokens that the issuer issued for other services would be accepted. The
     * properties are read from the environment, since an application without JWTs needs none of
     * Spring Boot's classes for them.
     */
    private static void requireAudience(Environment environment) {
        boolean trusts =
                Stream.of("issuer-uri", "jwk-set-uri", "public-key-location")
                        .anyMatch(name -> environment.getProperty(JWT + name) != null);
        List<String> audiences =
                Binder.get(environment)
                        .bind(JWT + "audiences", Bindable.listOf(String.class))
                        .orElse(List.of());
        if (trusts && audiences.isEmpty()) {
            throw new InvalidConfigurationException(
                    "spring.security.oauth2.resourceserver.jwt.audiences is empty: tokens that the"
                            + " issuer issued for other services would be accepted",
                    "Set it to the value that the issuer puts into the claim 'aud' of tokens for"
                            + " this service, for example the URL of this service.");
        }
    }
}
