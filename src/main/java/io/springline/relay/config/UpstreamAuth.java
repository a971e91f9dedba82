package io.springline.relay.config;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How calls authenticate at an upstream.
 *
 * @param type which credential the calls carry. Without it {@code static} if the upstream has
 *     {@code headers}, otherwise {@code none}
 * @param issuerUri the authorization server; its metadata name the endpoints. Not needed if {@code
 *     token-uri} is set
 * @param tokenUri token endpoint of the authorization server
 * @param clientId id of Springline at the authorization server
 * @param clientSecret secret of Springline at the authorization server
 * @param clientAuthentication how Springline sends its secret to the token endpoint
 * @param scopes scopes to request
 * @param resource value of the request parameter {@code resource} (RFC 8707): the upstream that the
 *     token is for. Some authorization servers need it, others refuse it
 * @param audience value of the request parameter {@code audience}, which some authorization servers
 *     use in place of {@code resource}
 * @param timeout timeout of one request to the authorization server
 * @param allowPrivateAddresses whether endpoints that the authorization server's metadata name may
 *     have private addresses and plain HTTP. The hosts of {@code issuer-uri} and {@code token-uri}
 *     always may
 */
public record UpstreamAuth(
        @Nullable Type type,
        @Nullable URI issuerUri,
        @Nullable URI tokenUri,
        @Nullable String clientId,
        @Nullable String clientSecret,
        @DefaultValue("basic") ClientAuthentication clientAuthentication,
        @DefaultValue List<String> scopes,
        @Nullable String resource,
        @Nullable String audience,
        @DefaultValue("10s") Duration timeout,
        @DefaultValue("false") boolean allowPrivateAddresses) {

    /** No credential, or the static headers of the upstream. */
    static final UpstreamAuth UNSET =
            new UpstreamAuth(
                    null,
                    null,
                    null,
                    null,
                    null,
                    ClientAuthentication.BASIC,
                    List.of(),
                    null,
                    null,
                    Duration.ofSeconds(10),
                    false);

    /** The credential of the calls to an upstream. */
    public enum Type {
        /** None. */
        NONE,
        /** The {@code headers} of the upstream, the same for all callers. */
        STATIC,
        /** An access token that Springline gets for itself, the same for all callers. */
        CLIENT_CREDENTIALS;

        /** Returns true if an authorization server issues the credential. */
        public boolean usesTokens() {
            return this == CLIENT_CREDENTIALS;
        }

        /** Returns the name of the value in the configuration. */
        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** How Springline authenticates at the token endpoint. */
    public enum ClientAuthentication {
        /** HTTP Basic authentication. */
        BASIC,
        /** In the body of the request. */
        POST,
        /** Not at all: a public client. */
        NONE
    }

    public UpstreamAuth {
        scopes = List.copyOf(scopes);
    }

    /** Returns the type; for an upstream without one, the type of its static headers. */
    Type type(Map<String, String> headers) {
        if (type != null) {
            return type;
        }
        return headers.isEmpty() ? Type.NONE : Type.STATIC;
    }

    /**
     * Checks all values.
     *
     * @throws IllegalArgumentException if a value is invalid; the message names the property and
     *     contains no secret
     */
    void check(@Nullable URI url, Map<String, String> headers) {
        boolean authorizes = headers.keySet().stream().anyMatch("Authorization"::equalsIgnoreCase);
        if (type == null) {
            require(
                    equals(UNSET),
                    "auth.type is missing: set it to " + Type.CLIENT_CREDENTIALS.label());
            return;
        }
        switch (type) {
            case NONE ->
                    require(
                            !authorizes,
                            "auth.type is none, but headers contain Authorization: remove one of them");
            case STATIC ->
                    require(
                            !headers.isEmpty(),
                            "auth.type is static, but there are no headers to send: set headers.Authorization");
            case CLIENT_CREDENTIALS -> {
                require(url != null, "auth.type %s needs a url".formatted(type.label()));
                require(
                        !authorizes,
                        "auth.type %s sets the header Authorization: remove it from headers"
                                .formatted(type.label()));
                require(
                        (issuerUri == null) != (tokenUri == null),
                        "auth: set either issuer-uri or token-uri");
                checkUrl("auth.issuer-uri", issuerUri);
                checkUrl("auth.token-uri", tokenUri);
                require(clientId != null && !clientId.isBlank(), "auth.client-id is missing");
                require(
                        (clientSecret == null)
                                == (clientAuthentication == ClientAuthentication.NONE),
                        "auth: set client-secret, or client-authentication to none");
                require(timeout.isPositive(), "auth.timeout must be positive");
            }
        }
    }

    private static void checkUrl(String name, @Nullable URI url) {
        require(
                url == null
                        || List.of("http", "https")
                                        .contains(
                                                String.valueOf(url.getScheme())
                                                        .toLowerCase(Locale.ROOT))
                                && url.getHost() != null
                                && url.getRawUserInfo() == null,
                name + " must be an absolute http or https URL without user info");
    }

    private static void require(boolean fulfilled, String otherwise) {
        if (!fulfilled) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    /** Contains no secret. */
    @Override
    public String toString() {
        return "UpstreamAuth[type=%s, clientId=%s]".formatted(type, clientId);
    }
}
