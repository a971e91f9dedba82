package io.springline.relay;

import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Why one HTTP exchange with an upstream came to nothing; the message is fit for a client. */
final class HttpFailure extends Exception {

    private static final long serialVersionUID = 1L;

    private final String reason;
    private final boolean sessionLost;
    private final boolean notBegun;

    private HttpFailure(String reason, boolean sessionLost, boolean notBegun) {
        super(reason, null, false, false);
        this.reason = reason;
        this.sessionLost = sessionLost;
        this.notBegun = notBegun;
    }

    HttpFailure(String reason) {
        this(reason, false, false);
    }

    /** The upstream does not know our session any more. */
    static HttpFailure expired() {
        return new HttpFailure("session expired", true, false);
    }

    /** The same, said of the request itself: it was turned away at the door. */
    static HttpFailure refusedAsExpired() {
        return new HttpFailure("session expired", true, true);
    }

    static HttpFailure status(int status) {
        return new HttpFailure(
                switch (status) {
                    case 401 -> "upstream does not accept our credentials (HTTP 401)";
                    case 403 -> "upstream denies us access (HTTP 403)";
                    default -> "upstream answered HTTP " + status;
                });
    }

    static HttpFailure timeout(Duration waited) {
        return new HttpFailure(
                "upstream did not answer within %s s"
                        .formatted(
                                waited.toMillis() % 1000 == 0
                                        ? waited.toSeconds()
                                        : waited.toMillis() / 1000.0));
    }

    /** What the HTTP client threw, in words; its own message names classes and addresses. */
    static HttpFailure of(@Nullable Throwable cause) {
        return new HttpFailure(
                switch (cause) {
                    case ConnectException _ -> "upstream cannot be reached";
                    case HttpTimeoutException _ -> "upstream cannot be reached in time";
                    case SSLException _ -> "no TLS connection to the upstream";
                    case IOException _ -> "the connection to the upstream was lost";
                    case null, default -> "upstream cannot be asked";
                });
    }

    static HttpFailure withdrawn() {
        return new HttpFailure("withdrawn");
    }

    String reason() {
        return reason;
    }

    /** Whether the upstream has certainly not begun the request. */
    boolean notBegun() {
        return notBegun;
    }

    boolean sessionLost() {
        return sessionLost;
    }
}
