package io.springline.relay.consent;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.springline.relay.auth.AuthorizationServer;
import io.springline.relay.auth.AuthorizationServerClient;
import io.springline.relay.auth.CredentialFailures;
import io.springline.relay.auth.TokenFailure;
import io.springline.relay.auth.TokenRequests;
import io.springline.relay.config.UpstreamAuth;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.security.oauth2.client.endpoint.OAuth2AuthorizationCodeGrantRequest;
import org.springframework.security.oauth2.client.endpoint.OAuth2RefreshTokenGrantRequest;
import org.springframework.security.oauth2.client.endpoint.RestClientAuthorizationCodeTokenResponseClient;
import org.springframework.security.oauth2.client.endpoint.RestClientRefreshTokenTokenResponseClient;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizationRequestCustomizers;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.core.OAuth2AccessToken;
import org.springframework.security.oauth2.core.OAuth2RefreshToken;
import org.springframework.security.oauth2.core.endpoint.OAuth2AccessTokenResponse;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationExchange;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationRequest;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationResponse;
import org.springframework.security.oauth2.core.endpoint.PkceParameterNames;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.web.client.RestClient;

/**
 * Springline as an OAuth client of one upstream's authorization server, for the consent of users:
 * authorization code with PKCE, as MCP's chapter on authorization says. Thread-safe.
 */
final class AuthorizationCodeClient {

    /** What one consent needs between the request for it and its answer. */
    record Started(URI url, String issuer, String clientId, String verifier) {

        /** Contains no secret. */
        @Override
        public String toString() {
            return "Started[issuer=%s]".formatted(issuer);
        }
    }

    /** The authorization server, and Springline's registration there. */
    private record Connected(
            AuthorizationServer server, ClientRegistration registration, List<String> scopes) {

        boolean is(String issuer, String clientId) {
            return server.issuer().equals(issuer) && registration.getClientId().equals(clientId);
        }
    }

    private final UpstreamAuth auth;
    private final URI upstream;
    private final CredentialFailures failures;
    private final DynamicRegistration dynamic;
    private final RestClient http;
    private final RestClientAuthorizationCodeTokenResponseClient codes =
            new RestClientAuthorizationCodeTokenResponseClient();
    private final RestClientRefreshTokenTokenResponseClient refreshes =
            new RestClientRefreshTokenTokenResponseClient();
    private final URI redirectUri;
    private volatile @Nullable Connected connected;

    /**
     * @param upstream the URL of the upstream
     * @param redirectUri of this upstream only, so that answers of two authorization servers cannot
     *     be mixed up
     * @param name of the upstream
     * @param store keeps the client that was registered at the authorization server
     * @param keep lifetime of an access token that has no refresh token, if the authorization
     *     server states no lifetime
     */
    AuthorizationCodeClient(
            URI upstream,
            UpstreamAuth auth,
            AuthorizationServerClient servers,
            CredentialFailures failures,
            URI redirectUri,
            String name,
            EncryptedStore store,
            Duration keep) {
        this.upstream = upstream;
        this.auth = auth;
        this.failures = failures;
        this.redirectUri = redirectUri;
        var trusted = new HashSet<>(Set.of(upstream));
        if (auth.issuerUri() != null) {
            trusted.add(auth.issuerUri());
        }
        RestClient.Builder builder =
                servers.builder(trusted, auth.allowPrivateAddresses(), auth.timeout());
        this.http = builder.build();
        this.dynamic = new DynamicRegistration(http, redirectUri, store, name, auth.timeout());
        RestClient tokens = TokenRequests.client(builder, TokenRequests.converter(keep));
        TokenRequests.configure(codes, tokens, resource(), auth.audience());
        TokenRequests.configure(refreshes, tokens, resource(), auth.audience());
    }

    private String resource() {
        return auth.resource() != null ? auth.resource() : upstream.toString();
    }

    /**
     * Returns the URL at which the user consents.
     *
     * @param state cannot be guessed; the answer contains it
     */
    Started begin(String state) throws ConsentException {
        try {
            Connected server = connected();
            OAuth2AuthorizationRequest request = request(server, state);
            return new Started(
                    URI.create(request.getAuthorizationRequestUri()),
                    server.server.issuer(),
                    server.registration.getClientId(),
                    String.valueOf(request.<String>getAttribute(PkceParameterNames.CODE_VERIFIER)));
        } catch (Exception e) {
            throw failure(e);
        }
    }

    private OAuth2AuthorizationRequest request(Connected server, String state) throws IOException {
        OAuth2AuthorizationRequest.Builder request =
                OAuth2AuthorizationRequest.authorizationCode()
                        .clientId(server.registration.getClientId())
                        .authorizationUri(server.server.authorizationEndpoint().toString())
                        .redirectUri(redirectUri.toString())
                        .scopes(Set.copyOf(server.scopes))
                        .state(state)
                        .additionalParameters(parameters -> {
                            parameters.put("resource", resource());
                            if (auth.audience() != null) {
                                parameters.put("audience", auth.audience());
                            }
                        });
        OAuth2AuthorizationRequestCustomizers.withPkce().accept(request);
        return request.build();
    }

    /**
     * Returns true if an answer may come from the authorization server that was asked (RFC 9207).
     *
     * @param asked the issuer that was asked
     * @param issuer what the answer says; null if it says nothing
     */
    boolean isFrom(String asked, @Nullable String issuer) throws ConsentException {
        if (issuer != null) {
            return issuer.equals(asked);
        }
        try {
            return !connected().server.namesIssuerInResponses();
        } catch (Exception e) {
            throw failure(e);
        }
    }

    /**
     * Exchanges the code of an answer for tokens.
     *
     * @param started the request that is answered: only its authorization server gets the code
     */
    ConsentTokens exchange(String code, String state, Started started) throws ConsentException {
        Connected server = null;
        try {
            server = connected(started.issuer(), started.clientId());
            var request =
                    OAuth2AuthorizationRequest.from(request(server, state))
                            .attributes(attributes ->
                                    attributes.put(
                                            PkceParameterNames.CODE_VERIFIER, started.verifier()))
                            .build();
            var response =
                    OAuth2AuthorizationResponse.success(code)
                            .redirectUri(redirectUri.toString())
                            .state(state)
                            .build();
            return tokens(
                    codes.getTokenResponse(
                            new OAuth2AuthorizationCodeGrantRequest(
                                    server.registration,
                                    new OAuth2AuthorizationExchange(request, response))),
                    null,
                    server);
        } catch (Exception e) {
            throw failure(e, server);
        }
    }

    /** Requests the metadata of the authorization server, unless they are known. */
    void requireConnected() throws ConsentException {
        try {
            connected();
        } catch (Exception e) {
            throw failure(e);
        }
    }

    /** Exchanges the refresh token for new tokens, at the server that has issued it. */
    ConsentTokens refresh(ConsentTokens old) throws ConsentException {
        Connected server = null;
        try {
            server = connected(old.issuer(), old.clientId());
            String refresh = Objects.requireNonNull(old.refreshToken());
            Instant now = Instant.now();
            var access =
                    new OAuth2AccessToken(
                            OAuth2AccessToken.TokenType.BEARER,
                            old.accessToken(),
                            null,
                            now,
                            old.scopes());
            return tokens(
                    refreshes.getTokenResponse(
                            new OAuth2RefreshTokenGrantRequest(
                                    server.registration,
                                    access,
                                    new OAuth2RefreshToken(refresh, null))),
                    refresh,
                    server);
        } catch (Exception e) {
            throw failure(e, server);
        }
    }

    /** Revokes the tokens at the server that has issued them, if it can do that (RFC 7009). */
    void revoke(ConsentTokens tokens) throws ConsentException {
        try {
            Connected server = connected(tokens.issuer(), tokens.clientId());
            URI endpoint = server.server.revocationEndpoint();
            if (endpoint == null) {
                return;
            }
            var form = new LinkedMultiValueMap<String, String>();
            String refresh = tokens.refreshToken();
            form.set("token", refresh != null ? refresh : tokens.accessToken());
            form.set("token_type_hint", refresh != null ? "refresh_token" : "access_token");
            ClientRegistration client = server.registration;
            boolean basic =
                    client.getClientAuthenticationMethod()
                            .equals(ClientAuthenticationMethod.CLIENT_SECRET_BASIC);
            if (!basic) {
                form.set("client_id", client.getClientId());
                if (!client.getClientSecret().isEmpty()) {
                    form.set("client_secret", client.getClientSecret());
                }
            }
            http.post()
                    .uri(endpoint)
                    .headers(headers -> {
                        if (basic) {
                            // RFC 6749, 2.3.1
                            headers.setBasicAuth(
                                    URLEncoder.encode(client.getClientId(), UTF_8),
                                    URLEncoder.encode(client.getClientSecret(), UTF_8));
                        }
                    })
                    .contentType(MediaType.APPLICATION_FORM_URLENCODED)
                    .body(form)
                    .retrieve()
                    .toBodilessEntity();
        } catch (Exception e) {
            throw failure(e);
        }
    }

    private static ConsentTokens tokens(
            OAuth2AccessTokenResponse response, @Nullable String refresh, Connected server) {
        OAuth2AccessToken access = response.getAccessToken();
        OAuth2RefreshToken next = response.getRefreshToken();
        return new ConsentTokens(
                access.getTokenValue(),
                Objects.requireNonNull(access.getExpiresAt()),
                next == null ? refresh : next.getTokenValue(),
                access.getScopes(),
                server.server.issuer(),
                server.registration.getClientId());
    }

    /**
     * Returns the authorization server if it is this one; another one gets no code and no token.
     */
    private Connected connected(String issuer, String clientId)
            throws IOException, InterruptedException, ConsentException {
        Connected server = connected();
        if (!server.is(issuer, clientId)) {
            throw ConsentException.ended(
                    "the authorization server of the upstream has changed, or Springline's client there");
        }
        return server;
    }

    private Connected connected() throws IOException, InterruptedException {
        Connected known = connected;
        if (known == null || !isRegistered(known)) {
            known = connect();
            connected = known;
        }
        return known;
    }

    /** Another node may have registered Springline anew. */
    private boolean isRegistered(Connected known) {
        return auth.clientId() != null
                || dynamic.isCurrent(known.server, known.registration.getClientId());
    }

    private Connected connect() throws IOException, InterruptedException {
        URI issuer = auth.issuerUri();
        List<String> scopes = auth.scopes();
        if (issuer == null) {
            var resource = ProtectedResourceMetadata.discover(http, upstream);
            issuer = resource.issuer();
            scopes = scopes.isEmpty() ? resource.scopes() : scopes;
        }
        AuthorizationServer server = AuthorizationServer.discover(http, issuer);
        AuthorizationServerCheck.check(server, auth);
        var registered =
                auth.clientId() == null
                        ? dynamic.client(server, scopes)
                        : new RegisteredClient(
                                server.issuer(),
                                redirectUri.toString(),
                                auth.clientId(),
                                auth.clientSecret(),
                                auth.clientAuthentication(),
                                null);
        return new Connected(
                server,
                ClientRegistration.withRegistrationId("upstream")
                        .authorizationGrantType(AuthorizationGrantType.AUTHORIZATION_CODE)
                        .clientAuthenticationMethod(
                                TokenRequests.method(registered.authentication()))
                        .clientId(registered.clientId())
                        .clientSecret(registered.clientSecret())
                        .redirectUri(redirectUri.toString())
                        .scope(scopes)
                        .authorizationUri(server.authorizationEndpoint().toString())
                        .tokenUri(server.tokenEndpoint().toString())
                        .build(),
                scopes);
    }

    private ConsentException failure(Exception e) {
        return failure(e, null);
    }

    /**
     * @param used what was used in a request for tokens; null in other requests, whose endpoints
     *     may refuse a client that is known
     */
    private ConsentException failure(Exception e, @Nullable Connected used) {
        if (e instanceof ConsentException known) {
            return known;
        }
        if (e instanceof InterruptedException) {
            Thread.currentThread().interrupt();
        }
        TokenFailure failure = TokenFailure.of(e, auth.timeout());
        failures.record(failure.reason(), failure.text());
        if (failure.isClientUnknown() && auth.clientId() == null && used != null) {
            dynamic.forget(used.registration.getClientId());
            return ConsentException.ended(failure.text());
        }
        return new ConsentException(failure.text(), failure.isGrantInvalid());
    }
}
