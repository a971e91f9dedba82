package io.springline.auth.http;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.HttpRequestHandler;

/**
 * A 404 in JSON. Clients look for the documents and endpoints of an authorization server wherever
 * they find an MCP server, and some cannot go on after an empty response.
 */
public final class NoAuthorizationServer implements HttpRequestHandler {

    /** Where clients of 2025-03-26 expect an authorization server that has no metadata. */
    private static final Set<String> DEFAULT_ENDPOINTS =
            Set.of("/authorize", "/token", "/register");

    private static final String BODY =
            """
            {"error":"not_found","error_description":"This is no authorization server. \
            If there is one for it, /.well-known/oauth-protected-resource names it."}
            """;

    /** Returns true for the default endpoints of an authorization server. */
    static boolean isExpectedAt(HttpServletRequest request) {
        return DEFAULT_ENDPOINTS.contains(request.getRequestURI());
    }

    @Override
    public void handleRequest(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        response.setStatus(HttpStatus.NOT_FOUND.value());
        response.setContentType(MediaType.APPLICATION_JSON_VALUE);
        response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        response.getOutputStream().print(BODY);
    }
}
