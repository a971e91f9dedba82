package io.springline.auth;

import java.net.InetAddress;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.security.oauth2.server.resource.autoconfigure.JwkSetUriJwtDecoderBuilderCustomizer;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.web.client.RestTemplate;

/**
 * Limits the service to this machine while nobody needs credentials, and its requests to the issuer
 * of JWTs.
 */
@Configuration(proxyBeanMethods = false)
class ServiceAuthConfiguration {

    private static final Duration ISSUER_TIMEOUT = Duration.ofSeconds(5);

    @Bean
    LoopbackByDefault loopbackByDefault(
            Authenticator authenticator, AuthProperties properties, Environment environment) {
        return new LoopbackByDefault(
                !authenticator.hasCredentials(),
                properties.allowAnonymous(),
                environment.getProperty("server.address", InetAddress.class));
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
}
