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

/** What close codes and refused handshakes mean for a client: the tables of the binding. */
final class CloseCodes {

    static final int NORMAL = 1000;
    static final int UNSUPPORTED_DATA = 1003;

    /** Never on the wire: the connection broke. */
    static final int ABNORMAL = 1006;

    static final int TOO_BIG = 1009;

    private static final Duration LATER = Duration.ofSeconds(1);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);

    private CloseCodes() {}

    /**
     * @param reason what the server's close frame says, or what broke
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
                                    + " come back for it, since two would take it from each other without"
                                    + " end; connect again for a new session");
            case 4401 -> new Renew(why);
            case 1013, 4429 -> new Reconnect(LATER, why);
            default -> new Reconnect(Duration.ZERO, why);
        };
    }

    /**
     * What an answer other than 101 means.
     *
     * @param retryAfter the header of that name, or null
     */
    static ReconnectDecision ofStatus(int status, @Nullable String retryAfter) {
        String why = "the server answered the WebSocket upgrade with HTTP status " + status;
        return switch (status) {
            case 401 -> new Stop(why + ": it needs a valid bearer token");
            case 403 -> new Stop(why + ": it does not allow this access");
            case 404, 405, 426 -> new Stop(why + ": there is no WebSocket endpoint at this URL");
            case 408, 425, 429, 503 -> new Reconnect(parsed(retryAfter), why);
            default ->
                    // below 100: a cut through the number itself
                    status >= 500 || status < 100
                            ? new Reconnect(Duration.ZERO, why)
                            : new Stop(why);
        };
    }

    /** Seconds or a date; zero when absent or unreadable, five minutes at most. */
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

    /** Not negative, and no longer than a server may reasonably ask for. */
    static Duration bounded(Duration wait) {
        if (wait.isNegative()) {
            return Duration.ZERO;
        }
        return wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait;
    }
}
