package io.springline.auth;

import io.springline.auth.Authentication.Fault;
import jakarta.servlet.http.HttpServletRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What this service tells clients about getting a token for it.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9728">RFC 9728</a>
 */
public final class ProtectedResource {

    /** The path of the metadata, in front of the endpoint's. */
    public static final String WELL_KNOWN = "/.well-known/oauth-protected-resource";

    private final @Nullable String publicUrl;
    private final @Nullable String issuer;
    private final List<String> scopes;

    /**
     * @param publicUrl scheme and authority under which clients reach this service, or null for
     *     those of each request
     * @param issuer the authorization server, or null when none is known
     * @param scopes that the rules ask for
     */
    ProtectedResource(@Nullable String publicUrl, @Nullable String issuer, List<String> scopes) {
        this.publicUrl = publicUrl;
        this.issuer = issuer;
        this.scopes = scopes;
    }

    /**
     * The metadata document.
     *
     * @param path of the endpoint
     */
    public Map<String, Object> metadata(HttpServletRequest request, String path) {
        var metadata = new LinkedHashMap<String, Object>();
        metadata.put("resource", base(request) + path);
        if (issuer != null) {
            metadata.put("authorization_servers", List.of(issuer));
        }
        if (!scopes.isEmpty()) {
            metadata.put("scopes_supported", scopes);
        }
        metadata.put("bearer_methods_supported", List.of("header"));
        return metadata;
    }

    /**
     * The value of the {@code WWW-Authenticate} header that goes with a 401.
     *
     * @param path of the endpoint
     */
    public String challenge(HttpServletRequest request, String path, Fault fault) {
        String error =
                switch (fault) {
                    case MISSING -> "";
                    case INVALID -> ", error=\"invalid_token\"";
                    case CONFLICT -> ", error=\"invalid_request\"";
                };
        return "Bearer realm=\"springline\"%s, resource_metadata=\"%s\""
                .formatted(error, base(request) + WELL_KNOWN + path);
    }

    /** The Host header has been held against its allow-list by now, so it may be repeated. */
    private String base(HttpServletRequest request) {
        return publicUrl != null
                ? publicUrl
                : request.getScheme() + "://" + request.getHeader("Host");
    }
}
