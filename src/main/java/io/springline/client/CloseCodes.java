package io.springline.client;

import io.springline.client.ReconnectDecision.Reconnect;
import io.springline.client.ReconnectDecision.Renew;
import io.springline.client.ReconnectDecision.Stop;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/**
 * Decides by close code or HTTP status whether a client reconnects, as specified in
 * docs/binding.md.
 */
final class CloseCodes {

    static final int NORMAL = 1000;
    static final int UNSUPPORTED_DATA = 1003;

    /** The connection broke without a close frame. Never sent: RFC 6455, section 7.4.1. */
    static final int ABNORMAL = 1006;

    static final int TOO_BIG = 1009;

    private static final Duration WAIT_IF_OVERLOADED = Duration.ofSeconds(1);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);

    private CloseCodes() {}

    /**
     * Returns the decision after the end of a connection.
     *
     * @param code the close code, or {@link #ABNORMAL}
     * @param reason the reason of the close frame, or the failure
     */
    static ReconnectDecision of(int code, String reason) {
        String why =
                code == ABNORMAL ? reason : "closed with %d %s".formatted(code, reason).strip();
        return switch (code) {
            case NORMAL, 1002, UNSUPPORTED_DATA, 1007, 1008, TOO_BIG, 4403 -> new Stop(why);
            case 4409 ->
                    new Stop(
                            why
                                    + ": another connection has resumed this session. This client does not"
                                    + " reconnect, since both would take the session from each other"
                                    + " repeatedly; create a new client for a new session");
            case 4401 -> new Renew(why);
            case 1013, 4429 -> new Reconnect(WAIT_IF_OVERLOADED, why);
            default -> new Reconnect(Duration.ZERO, why);
        };
    }

    /**
     * Returns the decision after a handshake whose response is not 101.
     *
     * @param retryAfter the value of the {@code Retry-After} header, or null
     */
    static ReconnectDecision ofStatus(int status, @Nullable String retryAfter) {
        String why = "the server answered the WebSocket upgrade with HTTP status " + status;
        return switch (status) {
            case 401 -> new Stop(why + ": a valid bearer token is required");
            case 403 ->
                    new Stop(
                            why
                                    + ": the host name in this URL is not in the server's"
                                    + " springline.websocket.allowed-hosts, or the endpoint requires a"
                                    + " role that this client lacks");
            case 404, 405, 426 -> new Stop(why + ": there is no WebSocket endpoint at this URL");
            case 408, 425, 429, 503 -> new Reconnect(parsed(retryAfter), why);
            default ->
                    // below 100: the connection broke within the status line
                    status >= 500 || status < 100
                            ? new Reconnect(Duration.ZERO, why)
                            : new Stop(why);
        };
    }

    /** Parses seconds or an HTTP date: zero if absent or invalid, at most five minutes. */
    private static Duration parsed(@Nullable String retryAfter) {
        String value = retryAfter == null ? "0" : retryAfter.strip();
        Duration wait;
        try {
            wait =
                    value.chars().allMatch(Character::isDigit)
                            ? Duration.ofSeconds(Long.parseLong(value))
                            : Duration.between(
                                    Instant.now(),
                                    ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME)
                                            .toInstant());
        } catch (NumberFormatException | DateTimeParseException e) {
            return Duration.ZERO;
        }
        return bounded(wait);
    }

    /** Limits a wait that a server has requested to zero and five minutes. */
    static Duration bounded(Duration wait) {
        if (wait.isNegative()) {
            return Duration.ZERO;
        }
        return wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait;
    }
}
