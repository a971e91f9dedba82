package io.springline.ops;

import java.net.URI;
import java.util.List;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

/** Serves {@code /}: redirects browsers to the console, and lists the paths for other clients. */
final class RootPage {

    private final String endpoint;
    private final boolean http;
    private final boolean console;

    RootPage(String endpoint, boolean http, boolean console) {
        this.endpoint = endpoint;
        this.http = http;
        this.console = console;
    }

    RouterFunction<ServerResponse> route() {
        return RouterFunctions.route().GET("/", this::answer).build();
    }

    private ServerResponse answer(ServerRequest request) {
        List<MediaType> accepted = request.headers().accept();
        if (console && accepted.contains(MediaType.TEXT_HTML)) {
            return ServerResponse.temporaryRedirect(URI.create("console/")).build();
        }
        return ServerResponse.ok()
                .contentType(MediaType.TEXT_PLAIN)
                .body(
                        """
                        Springline serves the Model Context Protocol over %s.

                        %s   the MCP endpoint: connect to it by %s
                        %s/actuator/health   the health status
                        """
                                .formatted(
                                        http ? "WebSocket and HTTP" : "WebSocket",
                                        endpoint,
                                        http ? "WebSocket or Streamable HTTP" : "WebSocket",
                                        console ? "/console   the console, for operators\n" : ""));
    }
}
