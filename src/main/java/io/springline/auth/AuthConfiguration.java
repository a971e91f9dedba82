package io.springline.auth;

import io.springline.auth.access.AccessRules;
import io.springline.config.InvalidConfigurationException;
import io.springline.session.Backplane;
import java.net.InetAddress;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.security.oauth2.server.resource.autoconfigure.JwkSetUriJwtDecoderBuilderCustomizer;
import org.springframework.boot.security.oauth2.server.resource.autoconfigure.OAuth2ResourceServerProperties;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.web.client.RestTemplate;

/** Configures authentication, access rules and the requests to the issuer of JWTs. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(AuthProperties.class)
class AuthConfiguration {

    private static final Duration ISSUER_TIMEOUT = Duration.ofSeconds(5);

    @Bean
    Authenticator authenticator(
            AuthProperties properties,
            Tickets tickets,
            UrlTokens urlTokens,
            ObjectProvider<JwtDecoder> jwts,
            ObjectProvider<OAuth2ResourceServerProperties> resourceServer) {
        requireAudience(resourceServer.getIfAvailable());
        return new Authenticator(
                new BearerTokens(new ApiTokens(properties.tokens()), jwts.getIfAvailable()),
                tickets,
                urlTokens,
                new SessionPrincipals(properties.sessionCookie().enabled()),
                new ClientCertificates(
                        properties.clientCertificates().enabled(),
                        properties.clientCertificates().roles()),
                properties.inBand(),
                properties.allowAnonymous());
    }

    @Bean
    JwkSetUriJwtDecoderBuilderCustomizer boundedIssuerRequests(
            AuthProperties properties, ObjectProvider<SslBundles> bundles) {
        return builder -> builder.restOperations(issuer(properties.issuerSslBundle(), bundles));
    }

    private static RestTemplate issuer(
            @Nullable String bundle, ObjectProvider<SslBundles> bundles) {
        HttpClient.Builder client =
                HttpClient.newBuilder()
                        .connectTimeout(ISSUER_TIMEOUT)
                        .followRedirects(HttpClient.Redirect.NORMAL);
        if (bundle != null) {
            client.sslContext(bundles.getObject().getBundle(bundle).createSslContext());
        }
        var requests = new JdkClientHttpRequestFactory(client.build());
        requests.setReadTimeout(ISSUER_TIMEOUT);
        var rest = new RestTemplate(requests);
        rest.setInterceptors(List.of(new IssuerRequests(System::nanoTime)));
        return rest;
    }

    @Bean
    Tickets tickets(AuthProperties properties) {
        return new Tickets(
                properties.ticket().enabled(),
                properties.ticket().lifetime(),
                properties.ticket().maxOutstanding(),
                InstantSource.system());
    }

    @Bean
    UrlTokens urlTokens(AuthProperties properties, Backplane backplane) {
        return new UrlTokens(properties.urlTokens(), backplane, InstantSource.system());
    }

    @Bean
    AccessRules accessRules(AuthProperties properties) {
        return new AccessRules(properties.rules().stream().map(AuthProperties.Rule::rule).toList());
    }

    @Bean
    ProtectedResource protectedResource(
            AuthProperties properties,
            Environment environment,
            ObjectProvider<OAuth2ResourceServerProperties> resourceServer) {
        OAuth2ResourceServerProperties configured = resourceServer.getIfAvailable();
        List<String> scopes =
                properties.rules().stream().flatMap(rule -> rule.scopes().stream()).toList();
        return new ProtectedResource(
                environment.getProperty("springline.websocket.path", "/mcp"),
                properties.publicUrl(),
                configured == null ? null : configured.getJwt().getIssuerUri(),
                scopes,
                properties.initialScopes());
    }

    @Bean
    LoopbackByDefault loopbackByDefault(
            Authenticator authenticator, AuthProperties properties, Environment environment) {
        return new LoopbackByDefault(
                !authenticator.hasCredentials(),
                properties.allowAnonymous(),
                environment.getProperty("server.address", InetAddress.class));
    }

    /** Without an audience, tokens that the issuer issued for other services would be accepted. */
    private static void requireAudience(@Nullable OAuth2ResourceServerProperties configured) {
        if (configured == null) {
            return;
        }
        var jwt = configured.getJwt();
        boolean trusts =
                jwt.getIssuerUri() != null
                        || jwt.getJwkSetUri() != null
                        || jwt.getPublicKeyLocation() != null;
        if (trusts && jwt.getAudiences().isEmpty()) {
            throw new InvalidConfigurationException(
                    "spring.security.oauth2.resourceserver.jwt.audiences is empty: tokens that the"
                            + " issuer issued for other services would be accepted",
                    "Set it to the value that the issuer puts into the claim 'aud' of tokens for"
                            + " this service, for example the URL of this service.");
        }
    }
}
