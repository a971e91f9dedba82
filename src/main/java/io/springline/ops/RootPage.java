package io.springline.ops;

import java.net.URI;
import java.util.List;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

/** {@code /}: a browser gets the console if there is one, everybody else where things are. */
final class RootPage {

    private final String endpoint;
    private final boolean console;

    RootPage(String endpoint, boolean console) {
        this.endpoint = endpoint;
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
                        Springline serves the Model Context Protocol over WebSocket.

                        %s   the MCP endpoint: connect to it by WebSocket
                        %s/actuator/health
                        """
                                .formatted(endpoint, console ? "/console   for operators\n" : ""));
    }
}
