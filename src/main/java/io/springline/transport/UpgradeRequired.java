package io.springline.transport;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * The response to a plain HTTP request at an endpoint that accepts only WebSockets (RFC 9110,
 * 15.5.22).
 */
public final class UpgradeRequired {

    private UpgradeRequired() {}

    /** Returns 426 for a GET, and 405 for every other method. */
    public static ServerResponse response(ServerRequest request) {
        boolean get = request.method().equals(HttpMethod.GET);
        var response =
                get
                        ? ServerResponse.status(HttpStatus.UPGRADE_REQUIRED)
                                .header(HttpHeaders.UPGRADE, "websocket")
                                .header(HttpHeaders.CONNECTION, "Upgrade")
                        : ServerResponse.status(HttpStatus.METHOD_NOT_ALLOWED)
                                .header(HttpHeaders.ALLOW, "GET");
        return response.contentType(MediaType.TEXT_PLAIN)
                .body("This is an MCP endpoint: connect to it by WebSocket.\n");
    }
}
