package io.springline.relay.consent;

import io.springline.relay.auth.AuthorizationServer;
import io.springline.relay.auth.AuthorizationServerClient;
import io.springline.relay.auth.WellKnownMetadata;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.client.RestClient;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an upstream says about its authorization server.
 *
 * @param issuer its authorization server; the first one if there are several
 * @param scopes the scopes to request; empty if it names none
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9728">RFC 9728</a>
 */
record ProtectedResourceMetadata(URI issuer, List<String> scopes) {

    private static final String WELL_KNOWN = "/.well-known/oauth-protected-resource";
    private static final Pattern METADATA =
            Pattern.compile("resource_metadata=\"([^\"]{1,2000})\"");
    private static final Pattern SCOPE = Pattern.compile("\\bscope=\"([^\"]{0,2000})\"");

    /** A request to which an upstream without a token answers 401. */
    private static final String PING = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";

    /**
     * Requests the metadata: at the URL in the upstream's answer to a request without a token, else
     * at the well-known URLs.
     *
     * @throws IOException if there are none, or they belong to another resource
     */
    static ProtectedResourceMetadata discover(RestClient http, URI upstream) throws IOException {
        String challenge = challenge(http, upstream);
        Matcher named = METADATA.matcher(challenge);
        var urls = new LinkedHashSet<URI>();
        if (named.find()) {
            urls.add(url(named.group(1)));
        } else {
            urls.addAll(wellKnown(upstream));
        }
        Matcher scope = SCOPE.matcher(challenge);
        List<String> wanted = scope.find() ? words(scope.group(1)) : List.of();
        return WellKnownMetadata.first(
                urls,
                url -> parse(upstream, http.get().uri(url).retrieve().body(String.class), wanted));
    }

    private static String challenge(RestClient http, URI upstream) {
        return http.post()
                .uri(upstream)
                .contentType(MediaType.APPLICATION_JSON)
                .accept(MediaType.APPLICATION_JSON, MediaType.TEXT_EVENT_STREAM)
                .body(PING)
                .exchange((_, response) ->
                        response.getStatusCode().value() == 401
                                ? String.join(
                                        ", ",
                                        response.getHeaders()
                                                .getOrEmpty(HttpHeaders.WWW_AUTHENTICATE))
                                : "");
    }

    private static Set<URI> wellKnown(URI upstream) {
        String origin = "%s://%s".formatted(upstream.getScheme(), upstream.getRawAuthority());
        return new LinkedHashSet<>(
                List.of(
                        URI.create(origin + WELL_KNOWN + upstream.getRawPath()),
                        URI.create(origin + WELL_KNOWN)));
    }

    private static ProtectedResourceMetadata parse(
            URI upstream, @Nullable String body, List<String> wanted) throws IOException {
        JsonNode json;
        try {
            json = JsonMapper.shared().readTree(body == null ? "" : body);
        } catch (JacksonException e) {
            throw new IOException("the metadata of the upstream are not JSON", e);
        }
        if (!covers(url(json.path("resource").asString("")), upstream)) {
            throw new IOException("the metadata of the upstream name another resource");
        }
        var scopes = new ArrayList<>(wanted);
        if (scopes.isEmpty()) {
            json.path("scopes_supported").forEach(each -> scopes.add(each.asString("")));
        }
        return new ProtectedResourceMetadata(
                url(json.path("authorization_servers").path(0).asString("")), scopes);
    }

    /** Returns true if the resource is the upstream, or a path above it. */
    private static boolean covers(URI resource, URI upstream) {
        String above = String.valueOf(resource.getRawPath()).replaceFirst("/+$", "");
        String path = String.valueOf(upstream.getRawPath());
        return AuthorizationServerClient.origin(resource)
                        .equals(AuthorizationServerClient.origin(upstream))
                && (path.equals(above) || path.startsWith(above + "/"));
    }

    private static URI url(String text) throws IOException {
        URI url = AuthorizationServer.url(text);
        if (url == null) {
            throw new IOException("the metadata of the upstream have no valid URL");
        }
        return url;
    }

    private static List<String> words(String text) {
        return text.isBlank() ? List.of() : List.of(text.strip().split(" +"));
    }
}
