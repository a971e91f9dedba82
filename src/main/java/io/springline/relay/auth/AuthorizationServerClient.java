package io.springline.relay.auth;

import io.springline.relay.http.RelayHttpClient;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.eclipse.jetty.client.HttpClient;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.ClientHttpRequest;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.http.client.JettyClientHttpRequestFactory;
import org.springframework.web.client.RestClient;

/**
 * The HTTP clients for requests to authorization servers, shared by all upstreams.
 *
 * <p>Requests are limited in time and size and follow no redirects. A URL that the configuration
 * does not name must be HTTPS and have a public address: an upstream or an authorization server
 * could otherwise make Springline send requests into its own network.
 */
public final class AuthorizationServerClient implements AutoCloseable {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    private final HttpClient any = RelayHttpClient.start(CONNECT_TIMEOUT);
    private final HttpClient publicOnly =
            RelayHttpClient.start(CONNECT_TIMEOUT, PublicAddress::isPublic);

    /**
     * Returns the client of one upstream.
     *
     * @param trusted URLs of the configuration: their hosts may be private
     * @param allowPrivate whether all hosts may be private
     * @param timeout of one request, including its response
     */
    public RestClient.Builder builder(Set<URI> trusted, boolean allowPrivate, Duration timeout) {
        Set<String> origins =
                trusted.stream()
                        .map(AuthorizationServerClient::origin)
                        .collect(Collectors.toUnmodifiableSet());
        return RestClient.builder()
                .requestFactory(new Requests(origins, allowPrivate, timeout))
                .requestInterceptor(new BoundedResponses(timeout));
    }

    /** Returns the scheme, the host and the port of a URL. */
    public static String origin(URI url) {
        String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
        int port = url.getPort() >= 0 ? url.getPort() : scheme.equals("https") ? 443 : 80;
        return "%s://%s:%d"
                .formatted(scheme, String.valueOf(url.getHost()).toLowerCase(Locale.ROOT), port);
    }

    @Override
    public void close() {
        RelayHttpClient.stop(any);
        RelayHttpClient.stop(publicOnly);
    }

    private final class Requests implements ClientHttpRequestFactory {

        private final Set<String> trusted;
        private final boolean allowPrivate;
        private final Duration timeout;

        Requests(Set<String> trusted, boolean allowPrivate, Duration timeout) {
            this.trusted = trusted;
            this.allowPrivate = allowPrivate;
            this.timeout = timeout;
        }

        @Override
        public ClientHttpRequest createRequest(URI uri, HttpMethod method) throws IOException {
            boolean named = allowPrivate || trusted.contains(origin(uri));
            if (!named && !"https".equalsIgnoreCase(uri.getScheme())) {
                throw new ForbiddenUrlException(
                        "%s is not named in the configuration and is not HTTPS"
                                .formatted(origin(uri)));
            }
            var factory = new JettyClientHttpRequestFactory(named ? any : publicOnly);
            factory.setReadTimeout(timeout);
            return factory.createRequest(uri, method);
        }
    }
}
