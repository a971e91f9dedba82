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
 * Responds with 404 and a JSON body at the usual paths of an authorization server. MCP clients try
 * these paths at every MCP server, and some fail if the response has no JSON body.
 */
public final class NoAuthorizationServer implements HttpRequestHandler {

    /** The default endpoints of revision 2025-03-26, for servers without OAuth metadata. */
    private static final Set<String> DEFAULT_ENDPOINTS =
            Set.of("/authorize", "/token", "/register");

    private static final String BODY =
            """
            {"error":"not_found","error_description":"This server is not an authorization server. \
            If it uses one, /.well-known/oauth-protected-resource has its URL."}
            """;

    /** Returns true if the path is a default endpoint of an authorization server. */
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
