package io.springline.transport.handshake;

import io.springline.transport.AllowLists;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * CORS for plain HTTP requests to the endpoints. Answers preflights before credentials are checked,
 * and adds the headers to all other responses, including errors, so that pages of allowed origins
 * can read them. Never allows cookies. Ignores WebSocket upgrades, to which browsers do not apply
 * CORS.
 *
 * @see <a href="https://fetch.spec.whatwg.org/#http-cors-protocol">Fetch, section 3.3</a>
 */
final class CrossOriginFilter extends OncePerRequestFilter {

    /** In seconds. Browsers reduce it to their own limits. */
    private static final String MAX_AGE = "7200";

    private static final String EXPOSED =
            "Mcp-Session-Id, WWW-Authenticate, Mcp-Protocol-Version, Retry-After, ETag";

    private static final Set<String> KNOWN_HEADERS =
            Set.of(
                    "authorization",
                    "content-type",
                    "accept",
                    "mcp-session-id",
                    "mcp-protocol-version",
                    "last-event-id",
                    "mcp-method",
                    "mcp-name",
                    "if-none-match");

    /** The prefix of headers that repeat arguments (2026-07-28). */
    private static final String PARAMETER_HEADERS = "mcp-param-";

    private static final int MAX_HEADERS = 100;

    private final @Nullable AllowLists allowed;
    private final String methods;
    private final @Nullable String except;

    private CrossOriginFilter(
            @Nullable AllowLists allowed, String methods, @Nullable String except) {
        this.allowed = allowed;
        this.methods = methods;
        this.except = except;
    }

    /**
     * Returns a filter that allows pages of these origins.
     *
     * @param except a path that is served by a {@link #forEverybody} filter
     */
    static CrossOriginFilter forOrigins(AllowLists allowed, String except) {
        return new CrossOriginFilter(allowed, "GET, POST, DELETE, OPTIONS", except);
    }

    /** Returns a filter that allows all pages to read. For documents that are public. */
    static CrossOriginFilter forEverybody() {
        return new CrossOriginFilter(null, "GET, HEAD, OPTIONS", null);
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return request.getRequestURI().equals(except);
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if ("websocket".equalsIgnoreCase(request.getHeader(HttpHeaders.UPGRADE))) {
            chain.doFilter(request, response);
            return;
        }
        String origin = allowedOrigin(request.getHeader(HttpHeaders.ORIGIN));
        if (allowed != null) {
            response.addHeader(HttpHeaders.VARY, HttpHeaders.ORIGIN);
        }
        if (origin != null) {
            response.setHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            response.setHeader(HttpHeaders.ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
        if (isPreflight(request)) {
            preflight(request, response, origin != null);
        } else {
            chain.doFilter(request, response);
        }
    }

    private @Nullable String allowedOrigin(@Nullable String origin) {
        if (allowed == null) {
            return "*";
        }
        return origin != null && allowed.origins().allowsOrigin(origin) ? origin : null;
    }

    private static boolean isPreflight(HttpServletRequest request) {
        return request.getMethod().equals(HttpMethod.OPTIONS.name())
                && request.getHeader(HttpHeaders.ORIGIN) != null
                && request.getHeader(HttpHeaders.ACCESS_CONTROL_REQUEST_METHOD) != null;
    }

    private void preflight(
            HttpServletRequest request, HttpServletResponse response, boolean allowed) {
        response.addHeader(HttpHeaders.VARY, HttpHeaders.ACCESS_CONTROL_REQUEST_HEADERS);
        if (!allowed) {
            response.setStatus(HttpServletResponse.SC_FORBIDDEN);
            return;
        }
        response.setStatus(HttpServletResponse.SC_NO_CONTENT);
        response.setHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS, methods);
        response.setHeader(HttpHeaders.ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        String headers = known(request.getHeader(HttpHeaders.ACCESS_CONTROL_REQUEST_HEADERS));
        if (!headers.isEmpty()) {
            response.setHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS, headers);
        }
    }

    /** Returns the requested headers that a page may send. */
    private static String known(@Nullable String requested) {
        return requested == null
                ? ""
                : Arrays.stream(requested.split(",", MAX_HEADERS + 1))
                        .limit(MAX_HEADERS)
                        .map(name -> name.strip().toLowerCase(Locale.ROOT))
                        .filter(name ->
                                KNOWN_HEADERS.contains(name)
                                        || name.matches(
                                                PARAMETER_HEADERS + "[a-z0-9._~!#$%&'*+^`|-]+"))
                        .distinct()
                        .collect(Collectors.joining(", "));
    }
}
