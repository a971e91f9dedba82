package io.springline.relay.auth;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The metadata of an authorization server.
 *
 * @param issuer as the metadata state it
 * @param metadata as received
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8414">RFC 8414</a>
 */
public record AuthorizationServer(String issuer, URI tokenEndpoint, JsonNode metadata) {

    /** Returns where users consent. */
    public URI authorizationEndpoint() throws IOException {
        return url(metadata, "authorization_endpoint");
    }

    /** Returns where clients register (RFC 7591), or null if they cannot. */
    public @Nullable URI registrationEndpoint() throws IOException {
        return optionalUrl(metadata, "registration_endpoint");
    }

    /** Returns where tokens are revoked (RFC 7009), or null if they cannot be. */
    public @Nullable URI revocationEndpoint() throws IOException {
        return optionalUrl(metadata, "revocation_endpoint");
    }

    /** Returns true if the server checks that the sender of a code has requested it (PKCE). */
    public boolean supportsPkce() {
        return contains("code_challenge_methods_supported", "S256");
    }

    /** Returns true if each authorization response must name the issuer (RFC 9207). */
    public boolean namesIssuerInResponses() {
        return metadata.path("authorization_response_iss_parameter_supported").asBoolean(false);
    }

    /** Returns true if the list in the metadata contains the value. */
    public boolean contains(String list, String value) {
        return metadata.path(list).valueStream().anyMatch(each -> each.asString("").equals(value));
    }

    /**
     * Requests the metadata, at the URLs that MCP's chapter on authorization lists.
     *
     * @throws IOException if there are none, or they belong to another issuer
     * @throws RestClientException if the server does not answer
     */
    public static AuthorizationServer discover(RestClient http, URI issuer) throws IOException {
        return WellKnownMetadata.first(
                metadataUrls(issuer),
                url -> {
                    byte[] body = http.get().uri(url).retrieve().body(byte[].class);
                    return parse(
                            issuer, body == null ? "" : new String(body, StandardCharsets.UTF_8));
                });
    }

    /** Returns the possible URLs of the metadata, in the order in which they are tried. */
    static Set<URI> metadataUrls(URI issuer) {
        String origin = "%s://%s".formatted(issuer.getScheme(), issuer.getRawAuthority());
        String path = String.valueOf(issuer.getRawPath()).replaceFirst("/+$", "");
        var urls = new LinkedHashSet<URI>();
        urls.add(URI.create(origin + "/.well-known/oauth-authorization-server" + path));
        urls.add(URI.create(origin + "/.well-known/openid-configuration" + path));
        urls.add(URI.create(origin + path + "/.well-known/openid-configuration"));
        return urls;
    }

    private static AuthorizationServer parse(URI issuer, String body) throws IOException {
        JsonNode json;
        try {
            json = JsonMapper.shared().readTree(body);
        } catch (JacksonException e) {
            throw new IOException("its metadata are not JSON", e);
        }
        String stated = json.path("issuer").asString("");
        if (!stated.replaceFirst("/$", "").equals(issuer.toString().replaceFirst("/$", ""))) {
            throw new IOException("its metadata name another issuer");
        }
        return new AuthorizationServer(stated, url(json, "token_endpoint"), json);
    }

    private static URI url(JsonNode json, String member) throws IOException {
        URI url = optionalUrl(json, member);
        if (url == null) {
            throw new IOException("its metadata have no " + member);
        }
        return url;
    }

    private static @Nullable URI optionalUrl(JsonNode json, String member) throws IOException {
        String text = json.path(member).asString("");
        if (text.isEmpty()) {
            return null;
        }
        URI url = url(text);
        if (url == null) {
            throw new IOException("its metadata have no valid " + member);
        }
        return url;
    }

    /** Parses a URL of the metadata. Returns null unless it has a host and no user information. */
    public static @Nullable URI url(String text) {
        try {
            URI url = URI.create(text);
            return url.getHost() != null && url.getRawUserInfo() == null ? url : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
