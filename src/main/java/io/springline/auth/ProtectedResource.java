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
 * The OAuth 2.0 view of the endpoints: the metadata that leads clients to the authorization server,
 * and the challenges of 401 and 403 responses. Each endpoint is a resource of its own. A request
 * for an endpoint that does not exist gets the same answers, so that nobody can find out names.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9728">RFC 9728</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6750">RFC 6750</a>
 */
public final class ProtectedResource {

    /** The path of the metadata, in front of the endpoint's. */
    public static final String WELL_KNOWN = "/.well-known/oauth-protected-resource";

    /** A scope as it may stand in a challenge: RFC 6749, section 3.3. */
    private static final Predicate<String> SCOPE =
            Pattern.compile("[\\x21\\x23-\\x5B\\x5D-\\x7E]+").asMatchPredicate();

    /** Concerns the client and the authorization server alone, so no resource asks for it. */
    private static final String OFFLINE_ACCESS = "offline_access";

    private static final String EVERYBODY = "*";
    private static final Pattern NAME = Pattern.compile("/[A-Za-z0-9._~-]+");

    private final String mainPath;
    private final @Nullable String publicUrl;
    private final @Nullable String issuer;
    private final List<String> supported;
    private final List<String> initial;

    /**
     * @param mainPath of the main endpoint
     * @param publicUrl scheme and authority under which clients reach this service, or null for
     *     those of each request
     * @param issuer the authorization server, or null when none is known
     * @param ruleScopes the scopes that the rules name
     * @param initialScopes that a client is asked to get first; empty for those of the rules
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
        var scopes = new TreeSet<>(ruleScopes);
        scopes.addAll(initialScopes);
        this.supported = scopes.stream().filter(ProtectedResource::isScope).toList();
        this.initial = initialScopes.isEmpty() ? supported : List.copyOf(initialScopes);
    }

    /** Returns true for a scope that a client can ask the authorization server for. */
    static boolean isScope(String scope) {
        return SCOPE.test(scope) && !scope.equals(EVERYBODY) && !scope.equals(OFFLINE_ACCESS);
    }

    /** Returns the metadata document of the endpoint whose path the request names. */
    public Map<String, Object> metadata(HttpServletRequest request) {
        var metadata = new LinkedHashMap<String, Object>();
        metadata.put("resource", base(request) + endpointPath(request));
        if (issuer != null) {
            metadata.put("authorization_servers", List.of(issuer));
        }
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
        return challenge(request, error, initial);
    }

    /**
     * Returns the value of the {@code WWW-Authenticate} header for a caller who lacks scopes, or
     * null if no scope would help. It names the scopes that the caller has as well, since a client
     * asks for exactly what it is told, and would lose the others. Goes with a 403, or with a 401
     * for an anonymous caller.
     *
     * @param needed roles and scopes that the operation needs
     */
    public @Nullable String stepUp(
            HttpServletRequest request, Caller caller, Collection<String> needed) {
        var scopes = new TreeSet<>(needed);
        scopes.retainAll(supported);
        if (scopes.isEmpty()) {
            return null;
        }
        supported.stream().filter(caller.roles()::contains).forEach(scopes::add);
        return challenge(
                request,
                caller.isAnonymous()
                        ? ""
                        : ", error=\"insufficient_scope\", error_description=\"More scopes are needed\"",
                scopes);
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

    /** Returns the path of an endpoint, or of the main one if the request names none. */
    private String endpointPath(HttpServletRequest request) {
        String uri = request.getRequestURI();
        String path = uri.startsWith(WELL_KNOWN) ? uri.substring(WELL_KNOWN.length()) : uri;
        String below = path.startsWith(mainPath) ? path.substring(mainPath.length()) : "";
        String name = below.endsWith("/") ? below.substring(0, below.length() - 1) : below;
        return NAME.matcher(name).matches() ? mainPath + name : mainPath;
    }

    /** The Host header has been held against its allow-list by now, so it may be repeated. */
    private String base(HttpServletRequest request) {
        return publicUrl != null
                ? publicUrl
                : request.getScheme() + "://" + request.getHeader("Host");
    }
}
