package io.springline.auth;

import io.springline.auth.Authentication.Fault;
import io.springline.session.Caller;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The MCP endpoints as OAuth 2.0 protected resources: their metadata, which names the authorization
 * server, and the challenges of 401 and 403 responses. Each endpoint is a separate resource. A path
 * below the main endpoint that does not exist gets the same responses, so that clients cannot probe
 * for names of endpoints.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9728">RFC 9728</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6750">RFC 6750</a>
 */
public final class ProtectedResource {

    /** The path of the metadata; the path of the endpoint follows. */
    public static final String WELL_KNOWN = "/.well-known/oauth-protected-resource";

    /** The syntax of a scope: RFC 6749, section 3.3. */
    private static final Predicate<String> SCOPE =
            Pattern.compile("[\\x21\\x23-\\x5B\\x5D-\\x7E]+").asMatchPredicate();

    /** Never requested by a resource: it concerns only the client and the authorization server. */
    private static final String OFFLINE_ACCESS = "offline_access";

    private static final String EVERYBODY = "*";
    private static final Pattern NAME = Pattern.compile("/[A-Za-z0-9._~-]+");

    private final String mainPath;
    private final @Nullable String publicUrl;
    private final @Nullable String issuer;
    private final List<String> initialScopes;
    private volatile Scopes scopes;

    /**
     * @param supported all scopes that a client may need
     * @param initial those of the challenge in 401 responses
     */
    private record Scopes(List<String> supported, List<String> initial) {}

    /**
     * @param mainPath the path of the main endpoint
     * @param publicUrl the scheme and authority of all URLs, or null to use those of each request
     * @param issuer the URL of the authorization server, or null if none is configured
     * @param ruleScopes the scopes that the access rules require
     * @param initialScopes the scopes of the challenge in 401 responses; if empty, {@code
     *     ruleScopes}
     */
    ProtectedResource(
            String mainPath,
            @Nullable String publicUrl,
            @Nullable String issuer,
            Collection<String> ruleScopes,
            Collection<String> initialScopes) {
        this.mainPath = mainPath;
        this.publicUrl = publicUrl;
        this.issuer = issuer;
        this.initialScopes = List.copyOf(initialScopes);
        this.scopes = scopes(ruleScopes);
    }

    /** Replaces the scopes that the access rules require. */
    void replace(Collection<String> ruleScopes) {
        scopes = scopes(ruleScopes);
    }

    private Scopes scopes(Collection<String> ruleScopes) {
        var all = new TreeSet<>(ruleScopes);
        all.addAll(initialScopes);
        List<String> supported = all.stream().filter(ProtectedResource::isScope).toList();
        return new Scopes(supported, initialScopes.isEmpty() ? supported : initialScopes);
    }

    /** Returns true if a challenge may name the scope, so that a client requests it. */
    static boolean isScope(String scope) {
        return SCOPE.test(scope) && !scope.equals(EVERYBODY) && !scope.equals(OFFLINE_ACCESS);
    }

    /** Returns the metadata document (RFC 9728) of the endpoint in the request's path. */
    public Map<String, Object> metadata(HttpServletRequest request) {
        var metadata = new LinkedHashMap<String, Object>();
        metadata.put("resource", base(request) + endpointPath(request));
        if (issuer != null) {
            metadata.put("authorization_servers", List.of(issuer));
        }
        List<String> supported = scopes.supported();
        if (!supported.isEmpty()) {
            metadata.put("scopes_supported", supported);
        }
        metadata.put("bearer_methods_supported", List.of("header"));
        return metadata;
    }

    /** Returns the value of the {@code WWW-Authenticate} header of a 401 response. */
    public String challenge(HttpServletRequest request, Fault fault) {
        String error =
                switch (fault) {
                    case MISSING -> "";
                    case INVALID -> ", error=\"invalid_token\"";
                    case MALFORMED, CONFLICT -> ", error=\"invalid_request\"";
                };
        return challenge(request, error, scopes.initial());
    }

    /**
     * Returns the value of the {@code WWW-Authenticate} header if the caller lacks scopes, or null
     * if no scope would help. Belongs to a 403 response, or to a 401 response for an anonymous
     * caller. Includes the scopes that the caller already has: a client requests exactly the named
     * scopes, and would lose the others.
     *
     * @param needed the roles and scopes that the operation requires
     */
    public @Nullable String stepUp(
            HttpServletRequest request, Caller caller, Collection<String> needed) {
        List<String> supported = scopes.supported();
        var named = new TreeSet<>(needed);
        named.retainAll(supported);
        if (named.isEmpty()) {
            return null;
        }
        supported.stream().filter(caller.roles()::contains).forEach(named::add);
        return challenge(
                request,
                caller.isAnonymous()
                        ? ""
                        : ", error=\"insufficient_scope\", error_description=\"More scopes are needed\"",
                named);
    }

    private String challenge(HttpServletRequest request, String error, Collection<String> scopes) {
        return "Bearer realm=\"springline\"%s, resource_metadata=\"%s\"%s"
                .formatted(
                        error,
                        base(request) + WELL_KNOWN + endpointPath(request),
                        scopes.isEmpty()
                                ? ""
                                : ", scope=\"%s\"".formatted(String.join(" ", scopes)));
    }

    /** Returns the path of the request's endpoint, or of the main endpoint for other paths. */
    private String endpointPath(HttpServletRequest request) {
        String uri = request.getRequestURI();
        String path = uri.startsWith(WELL_KNOWN) ? uri.substring(WELL_KNOWN.length()) : uri;
        String below = path.startsWith(mainPath) ? path.substring(mainPath.length()) : "";
        String name = below.endsWith("/") ? below.substring(0, below.length() - 1) : below;
        return NAME.matcher(name).matches() ? mainPath + name : mainPath;
    }

    /** Returns the scheme and authority. The Host header was already checked, so it is safe. */
    private String base(HttpServletRequest request) {
        return publicUrl != null
                ? publicUrl
                : request.getScheme() + "://" + request.getHeader("Host");
    }
}
