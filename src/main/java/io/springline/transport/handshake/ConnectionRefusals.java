package io.springline.transport.handshake;

import io.springline.audit.AuditLog;
import io.springline.transport.ClientAddress;
import io.springline.transport.TransportStatistics;
import io.springline.transport.TransportStatistics.Rejection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.ServerHttpResponse;

/**
 * Refuses clients before the upgrade, with one line of text. Counts the refusals and writes them to
 * the audit log.
 */
public final class ConnectionRefusals {

    public static final String RETRY_AFTER_SECONDS = "5";

    private final TransportStatistics statistics;

    ConnectionRefusals(TransportStatistics statistics) {
        this.statistics = statistics;
    }

    /** Writes the refusal. Always returns false, for interceptors to return. */
    public boolean refuse(ServerHttpResponse response, ClientAddress address, Rejection reason)
            throws IOException {
        count(address, reason);
        HttpStatus status = status(reason);
        response.setStatusCode(status);
        response.getHeaders().setContentType(MediaType.TEXT_PLAIN);
        response.getHeaders().set(HttpHeaders.CACHE_CONTROL, "no-store");
        if (status == HttpStatus.TOO_MANY_REQUESTS || status == HttpStatus.SERVICE_UNAVAILABLE) {
            response.getHeaders().set(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        response.getBody().write((text(reason) + "\n").getBytes(StandardCharsets.UTF_8));
        return false;
    }

    public void count(ClientAddress address, Rejection reason) {
        statistics.rejected(reason);
        AuditLog.connectionRefused(address.toString(), reason.name().toLowerCase(Locale.ROOT));
    }

    public static HttpStatus status(Rejection reason) {
        return switch (reason) {
            case HOST, ORIGIN, ROLE -> HttpStatus.FORBIDDEN;
            case UNAUTHENTICATED -> HttpStatus.UNAUTHORIZED;
            case CONNECTION_RATE, PRINCIPAL_LIMIT, ADDRESS_LIMIT -> HttpStatus.TOO_MANY_REQUESTS;
            case TOTAL_LIMIT, ENDPOINT_LIMIT, UNAUTHENTICATED_LIMIT, DRAINING ->
                    HttpStatus.SERVICE_UNAVAILABLE;
        };
    }

    public static String text(Rejection reason) {
        return switch (reason) {
            case HOST -> "Host not allowed: see springline.websocket.allowed-hosts";
            case ORIGIN -> "Origin not allowed: see springline.websocket.allowed-origins";
            case UNAUTHENTICATED ->
                    "A valid credential is required: send a token in the Authorization header";
            case ROLE -> "You have none of the roles that this endpoint requires";
            case CONNECTION_RATE ->
                    "Too many connection attempts per second from this address: try again later";
            case PRINCIPAL_LIMIT -> "Too many open connections of this principal: close one first";
            case ADDRESS_LIMIT -> "Too many open connections from this address: close one first";
            case TOTAL_LIMIT ->
                    "The server has reached springline.websocket.max-connections: try again later";
            case ENDPOINT_LIMIT -> "This endpoint has reached its max-connections: try again later";
            case UNAUTHENTICATED_LIMIT ->
                    "Too many connections that have not authenticated: try again later";
            case DRAINING -> "The server is stopping: try again later";
        };
    }
}
