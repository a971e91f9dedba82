package io.springline.relay.http;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.zip.ZipException;
import javax.net.ssl.SSLException;
import org.eclipse.jetty.client.HttpResponseException;
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

    /** What a status says, where the body holds no message. */
    static HttpFailure status(HttpReply reply) {
        return new HttpFailure(
                switch (reply.status()) {
                    case 401 -> "upstream does not accept our credentials (HTTP 401)";
                    case 403 -> "upstream denies us access (HTTP 403)";
                    case 429 ->
                            "upstream accepts no more requests for now (HTTP 429)"
                                    + retryAfter(reply);
                    case 503 -> "upstream answered HTTP 503" + retryAfter(reply);
                    default -> "upstream answered HTTP " + reply.status();
                });
    }

    private static String retryAfter(HttpReply reply) {
        String seconds = reply.header("Retry-After");
        return seconds != null && seconds.matches("[0-9]{1,6}")
                ? ": try again in %s s".formatted(seconds)
                : "";
    }

    /** The request was accepted, and no answer to it can come any more. */
    static HttpFailure unanswered() {
        return new HttpFailure("upstream answered without a JSON-RPC response");
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
        return switch (cause) {
            case UnknownHostException _ -> unreachable("upstream's host name is not known");
            case ConnectException _, NoRouteToHostException _ ->
                    unreachable("upstream cannot be reached");
            case SocketTimeoutException _ -> unreachable("upstream cannot be reached in time");
            case SSLException _ -> unreachable("the TLS handshake with the upstream failed");
            case ZipException _ ->
                    new HttpFailure("the upstream's response cannot be decompressed");
            case HttpResponseException _ ->
                    new HttpFailure("the upstream did not answer with HTTP");
            case IOException _ -> new HttpFailure("the connection to the upstream was lost");
            case null, default -> new HttpFailure("the request to the upstream failed");
        };
    }

    private static HttpFailure unreachable(String reason) {
        return new HttpFailure(reason, false, true);
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
