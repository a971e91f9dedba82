package io.springline.relay.config;

import io.springline.relay.config.RelayProperties.Mode;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How calls authenticate at an upstream.
 *
 * @param type which credential the calls carry. Without it {@code static} if the upstream has
 *     {@code headers}, otherwise {@code none}
 * @param issuerUri the authorization server; its metadata name the endpoints. Not needed if {@code
 *     token-uri} is set, nor for {@code authorization-code} without {@code client-id} if the
 *     metadata of the upstream name it
 * @param tokenUri token endpoint of the authorization server
 * @param clientId id of Springline at the authorization server. Without it, {@code
 *     authorization-code} registers a client there (RFC 7591); with it, {@code issuer-uri} is
 *     needed
 * @param clientSecret secret of Springline at the authorization server
 * @param clientAuthentication how Springline sends its secret to the token endpoint
 * @param scopes scopes to request
 * @param resource value of the request parameter {@code resource} (RFC 8707): the upstream that the
 *     token is for. Some authorization servers need it, others refuse it. With {@code
 *     authorization-code}, the URL of the upstream by default
 * @param audience value of the request parameter {@code audience}, which some authorization servers
 *     use in place of {@code resource}
 * @param header header that carries the value of a principal, for {@code per-principal} at a URL
 * @param env environment variable that carries the value of a principal, for {@code per-principal}
 *     with a command: each principal has a process of its own
 * @param format text of the header or variable, in which <code>{}</code> stands for the value. By
 *     default <code>Bearer {}</code> in the header {@code Authorization}, otherwise the value alone
 * @param file JSON object with the value of each principal, for {@code per-principal}
 * @param folder folder with a file for each principal, such as a mounted Kubernetes Secret, for
 *     {@code per-principal}
 * @param claim claim of the caller's JWT that is the value, for {@code per-principal}
 * @param maxPrincipals maximum number of callers with connections at a time
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
        @DefaultValue("Authorization") String header,
        @Nullable String env,
        @Nullable String format,
        @Nullable Path file,
        @Nullable Path folder,
        @Nullable String claim,
        @DefaultValue("1000") int maxPrincipals,
        @DefaultValue("10s") Duration timeout,
        @DefaultValue("false") boolean allowPrivateAddresses) {

    private static final String PLACE = "{}";

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
                    "Authorization",
                    null,
                    null,
                    null,
                    null,
                    null,
                    1000,
                    Duration.ofSeconds(10),
                    false);

    /** The credential of the calls to an upstream. */
    public enum Type {
        /** None. */
        NONE,
        /** The {@code headers} of the upstream, the same for all callers. */
        STATIC,
        /** An access token that Springline gets for itself, the same for all callers. */
        CLIENT_CREDENTIALS,
        /** An access token for the caller, in exchange for the caller's own JWT (RFC 8693). */
        TOKEN_EXCHANGE,
        /** An access token for the caller, after its consent at the authorization server. */
        AUTHORIZATION_CODE,
        /** A value for each principal, from a file, a folder or a claim. */
        PER_PRINCIPAL,
        /** The caller's own JWT, if the upstream is among its audiences. */
        PASSTHROUGH;

        /** Returns true if an authorization server issues the credential. */
        public boolean usesTokens() {
            return this == CLIENT_CREDENTIALS
                    || this == TOKEN_EXCHANGE
                    || this == AUTHORIZATION_CODE;
        }

        /** Returns true if the credential differs by caller. */
        public boolean isPerCaller() {
            return switch (this) {
                case NONE, STATIC, CLIENT_CREDENTIALS -> false;
                case TOKEN_EXCHANGE, AUTHORIZATION_CODE, PER_PRINCIPAL, PASSTHROUGH -> true;
            };
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
    void check(@Nullable URI url, Map<String, String> headers, Mode mode) {
        boolean authorizes = headers.keySet().stream().anyMatch("Authorization"::equalsIgnoreCase);
        if (type == null) {
            require(
                    equals(UNSET),
                    "auth.type is missing: set it to one of "
                            + Stream.of(Type.values()).map(Type::label).toList());
            return;
        }
        require(
                !type.isPerCaller() || mode == Mode.SHARED,
                "auth.type %s needs mode shared: each caller has connections of its own already"
                        .formatted(type.label()));
        require(maxPrincipals >= 1, "auth.max-principals must be at least 1");
        require(timeout.isPositive(), "auth.timeout must be positive");
        checkUrl("auth.issuer-uri", issuerUri);
        switch (type) {
            case NONE ->
                    require(
                            !authorizes,
                            "auth.type is none, but headers contain Authorization: remove one of them");
            case STATIC ->
                    require(
                            !headers.isEmpty(),
                            "auth.type is static, but there are no headers to send: set headers.Authorization");
            case PASSTHROUGH -> checkAuthorization(type, url, authorizes);
            case PER_PRINCIPAL -> checkPerPrincipal(url, headers);
            case CLIENT_CREDENTIALS, TOKEN_EXCHANGE -> {
                checkAuthorization(type, url, authorizes);
                require(
                        (issuerUri == null) != (tokenUri == null),
                        "auth: set either issuer-uri or token-uri");
                checkUrl("auth.token-uri", tokenUri);
                require(clientId != null && !clientId.isBlank(), "auth.client-id is missing");
                checkClient();
            }
            case AUTHORIZATION_CODE -> {
                checkAuthorization(type, url, authorizes);
                require(
                        tokenUri == null,
                        "auth.token-uri: the metadata of the authorization server name it. Set issuer-uri, or none of them");
                require(
                        clientId == null || !clientId.isBlank(),
                        "auth.client-id must not be blank");
                require(
                        clientId != null || clientSecret == null,
                        "auth.client-secret needs client-id");
                require(
                        clientId == null || issuerUri != null,
                        "auth.client-id needs issuer-uri: its secret belongs to one authorization server, which the upstream must not choose");
                if (clientId != null) {
                    checkClient();
                }
            }
        }
    }

    private void checkClient() {
        require(
                (clientSecret == null) == (clientAuthentication == ClientAuthentication.NONE),
                "auth: set client-secret, or client-authentication to none");
    }

    private static void checkAuthorization(Type type, @Nullable URI url, boolean authorizes) {
        require(url != null, "auth.type %s needs a url".formatted(type.label()));
        require(
                !authorizes,
                "auth.type %s sets the header Authorization: remove it from headers"
                        .formatted(type.label()));
    }

    private void checkPerPrincipal(@Nullable URI url, Map<String, String> headers) {
        require(
                Stream.of(file, folder, claim).filter(Objects::nonNull).count() == 1,
                "auth: set one of file, folder and claim");
        require(
                (url == null) == (env != null),
                "auth: a command needs env, the variable with the value; a url has a header");
        require(
                headers.keySet().stream().noneMatch(header::equalsIgnoreCase),
                "auth.type per-principal sets the header %s: remove it from headers"
                        .formatted(header));
        require(
                HttpEndpoint.ignored(Map.of(header, "")).isEmpty(),
                "auth.header: the protocol sets %s itself".formatted(header));
        new HttpEndpoint(URI.create("http://localhost"), Map.of(header, ""));
        require(format == null || format.contains(PLACE), "auth.format must contain {}");
        require(file == null || Files.isReadable(file), "auth.file: cannot be read");
        require(folder == null || Files.isDirectory(folder), "auth.folder: is not a folder");
    }

    /** Returns the text of the header or variable that carries a value. */
    public String formatted(String value) {
        if (format != null) {
            return format.replace(PLACE, value);
        }
        return env == null && header.equalsIgnoreCase("Authorization") ? "Bearer " + value : value;
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
