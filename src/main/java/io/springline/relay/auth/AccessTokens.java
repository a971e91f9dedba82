package io.springline.relay.auth;

import io.springline.relay.client.UpstreamException;
import io.springline.relay.config.UpstreamAuth;
import io.springline.relay.config.UpstreamAuth.Type;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.client.AuthorizedClientServiceOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.ClientCredentialsOAuth2AuthorizedClientProvider;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientProvider;
import org.springframework.security.oauth2.client.TokenExchangeOAuth2AuthorizedClientProvider;
import org.springframework.security.oauth2.client.endpoint.RestClientClientCredentialsTokenResponseClient;
import org.springframework.security.oauth2.client.endpoint.RestClientTokenExchangeTokenResponseClient;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.web.client.RestClient;

/**
 * The access tokens of one upstream, by the principal that they act for.
 *
 * <p>A token is requested when a call needs it, and kept until it expires. Calls of one principal
 * that come meanwhile wait for the same request. After a failure, further calls fail with it for
 * {@link #RETRY_AFTER}, so that a broken authorization server is not flooded. Thread-safe.
 */
final class AccessTokens {

    /** The time after a failure before a token is requested again. */
    static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    /** The time before its expiry at which a token is replaced. */
    private static final Duration CLOCK_SKEW = Duration.ofSeconds(5);

    /** The shortest time between two replacements because the upstream refused a token. */
    private static final Duration REPLACE_AFTER = Duration.ofSeconds(10);

    private record Failure(UpstreamException exception, long nanos) {}

    private final String upstream;
    private final UpstreamAuth auth;
    private final CredentialFailures failures;
    private final RestClient http;
    private final BoundedClients clients;
    private final AuthorizedClientServiceOAuth2AuthorizedClientManager manager;
    private final Map<String, CompletableFuture<OAuth2AuthorizedClient>> running =
            new ConcurrentHashMap<>();
    private final BoundedMap<Failure> failed;
    private final BoundedMap<Long> replaced;
    private volatile @Nullable ClientRegistration registration;

    AccessTokens(
            String upstream,
            UpstreamAuth auth,
            AuthorizationServerClient servers,
            CredentialFailures failures,
            int maxPrincipals) {
        this.upstream = upstream;
        this.auth = auth;
        this.failures = failures;
        this.clients = new BoundedClients(maxPrincipals);
        this.failed = new BoundedMap<>(maxPrincipals);
        this.replaced = new BoundedMap<>(maxPrincipals);
        RestClient.Builder builder =
                servers.builder(trusted(auth), auth.allowPrivateAddresses(), auth.timeout());
        this.http = builder.build();
        this.manager =
                new AuthorizedClientServiceOAuth2AuthorizedClientManager(
                        _ -> registration, clients);
        manager.setAuthorizedClientProvider(provider(builder));
        // the default handler removes the token of the principal; a failure here changes nothing
        manager.setAuthorizationFailureHandler((_, _, _) -> {});
    }

    private static Set<URI> trusted(UpstreamAuth auth) {
        var trusted = new HashSet<URI>();
        for (URI each : new URI[] {auth.issuerUri(), auth.tokenUri()}) {
            if (each != null) {
                trusted.add(each);
            }
        }
        return trusted;
    }

    private OAuth2AuthorizedClientProvider provider(RestClient.Builder builder) {
        RestClient tokens = TokenRequests.client(builder, TokenRequests.converter());
        if (auth.type() == Type.TOKEN_EXCHANGE) {
            var client = new RestClientTokenExchangeTokenResponseClient();
            TokenRequests.configure(client, tokens, auth.resource(), auth.audience());
            var provider = new TokenExchangeOAuth2AuthorizedClientProvider();
            provider.setAccessTokenResponseClient(client);
            provider.setClockSkew(CLOCK_SKEW);
            return provider;
        }
        var client = new RestClientClientCredentialsTokenResponseClient();
        TokenRequests.configure(client, tokens, auth.resource(), auth.audience());
        var provider = new ClientCredentialsOAuth2AuthorizedClientProvider();
        provider.setAccessTokenResponseClient(client);
        provider.setClockSkew(CLOCK_SKEW);
        return provider;
    }

    /**
     * Returns the token of a principal. Blocks while it is requested.
     *
     * @param key the name of the principal
     * @param principal called if a token has to be requested
     * @throws UpstreamException if the authorization server issues none; the message contains no
     *     secret
     */
    String get(String key, Supplier<Authentication> principal) {
        OAuth2AuthorizedClient known = clients.find(key);
        if (known != null && isValid(known)) {
            return known.getAccessToken().getTokenValue();
        }
        Failure failure = failed.get(key);
        if (failure != null && System.nanoTime() - failure.nanos < RETRY_AFTER.toNanos()) {
            throw failure.exception;
        }
        try {
            return request(key, principal.get())
                    .get(auth.timeout().multipliedBy(4).toMillis(), TimeUnit.MILLISECONDS)
                    .getAccessToken()
                    .getTokenValue();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof UpstreamException refused ? refused : failure(e);
        } catch (TimeoutException e) {
            throw failure(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UpstreamException("no access token: interrupted");
        }
    }

    /** Returns true if {@link #get} returns at once. */
    boolean has(String principal) {
        OAuth2AuthorizedClient known = clients.find(principal);
        return known != null && isValid(known);
    }

    private static boolean isValid(OAuth2AuthorizedClient client) {
        Instant expiry = client.getAccessToken().getExpiresAt();
        return expiry != null && Instant.now().isBefore(expiry.minus(CLOCK_SKEW));
    }

    /**
     * Discards a token that the upstream has refused.
     *
     * @return true if another one can be requested; false if that was done a short time ago
     */
    boolean tryReplace(String principal, String refused) {
        OAuth2AuthorizedClient known = clients.find(principal);
        if (known != null && !known.getAccessToken().getTokenValue().equals(refused)) {
            return true;
        }
        long now = System.nanoTime();
        Long last = replaced.get(principal);
        if (last != null && now - last < REPLACE_AFTER.toNanos()) {
            return false;
        }
        replaced.put(principal, now);
        clients.remove(principal);
        return true;
    }

    private CompletableFuture<OAuth2AuthorizedClient> request(
            String key, Authentication principal) {
        var mine = new CompletableFuture<OAuth2AuthorizedClient>();
        CompletableFuture<OAuth2AuthorizedClient> first = running.putIfAbsent(key, mine);
        if (first != null) {
            return first;
        }
        Thread.ofVirtual()
                .name("upstream-token-" + upstream)
                .start(() -> {
                    try {
                        OAuth2AuthorizedClient client = requested(principal);
                        failed.remove(key);
                        // first: its caller may find that the token is refused, and ask again
                        running.remove(key, mine);
                        mine.complete(client);
                    } catch (Exception e) {
                        UpstreamException failure = failure(e);
                        failed.put(key, new Failure(failure, System.nanoTime()));
                        running.remove(key, mine);
                        mine.completeExceptionally(failure);
                    }
                });
        return mine;
    }

    private OAuth2AuthorizedClient requested(Authentication principal) throws IOException {
        if (registration == null) {
            registration = registration();
        }
        OAuth2AuthorizedClient client =
                manager.authorize(
                        OAuth2AuthorizeRequest.withClientRegistrationId(upstream)
                                .principal(principal)
                                .build());
        return Objects.requireNonNull(client);
    }

    private ClientRegistration registration() throws IOException {
        URI issuer = auth.issuerUri();
        URI token =
                issuer == null
                        ? Objects.requireNonNull(auth.tokenUri())
                        : AuthorizationServer.discover(http, issuer).tokenEndpoint();
        return ClientRegistration.withRegistrationId(upstream)
                .authorizationGrantType(
                        auth.type() == Type.TOKEN_EXCHANGE
                                ? AuthorizationGrantType.TOKEN_EXCHANGE
                                : AuthorizationGrantType.CLIENT_CREDENTIALS)
                .clientAuthenticationMethod(TokenRequests.method(auth.clientAuthentication()))
                .clientId(String.valueOf(auth.clientId()))
                .clientSecret(auth.clientSecret())
                .scope(auth.scopes())
                .tokenUri(token.toString())
                .build();
    }

    private UpstreamException failure(Exception e) {
        TokenFailure failure = TokenFailure.of(e, auth.timeout());
        failures.record(failure.reason(), failure.text());
        return new UpstreamException(failure.text());
    }
}
