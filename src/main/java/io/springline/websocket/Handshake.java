package io.springline.websocket;

import io.springline.session.Caller;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.ServerHttpResponse;

/** What the interceptors of one handshake hand on to each other, and how they say no. */
final class Handshake {

    private static final String CALLER = "springline.caller";
    private static final String PERMIT = "springline.permit";

    private Handshake() {}

    static void caller(Map<String, Object> attributes, Caller caller) {
        attributes.put(CALLER, caller);
    }

    static Caller caller(Map<String, Object> attributes) {
        return (Caller) attributes.getOrDefault(CALLER, Caller.ANONYMOUS);
    }

    static void permit(Map<String, Object> attributes, ConnectionPermit permit) {
        attributes.put(PERMIT, permit);
    }

    static ConnectionPermit permit(Map<String, Object> attributes) {
        if (attributes.get(PERMIT) instanceof ConnectionPermit permit) {
            return permit;
        }
        throw new IllegalStateException("a connection without a permit");
    }

    /** Turns the client away before the upgrade with one line of text; always false. */
    static boolean refuse(ServerHttpResponse response, HttpStatus status, String text)
            throws IOException {
        response.setStatusCode(status);
        response.getHeaders().setContentType(MediaType.TEXT_PLAIN);
        response.getHeaders().set(HttpHeaders.CACHE_CONTROL, "no-store");
        response.getBody().write((text + "\n").getBytes(StandardCharsets.UTF_8));
        return false;
    }
}
