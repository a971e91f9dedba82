package io.springline.relay.http;

import io.springline.jsonrpc.DurationText;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.zip.ZipException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.eclipse.jetty.client.HttpResponseException;
import org.jspecify.annotations.Nullable;

/** Thrown if an HTTP exchange with an upstream fails. The message may be sent to clients. */
final class HttpFailure extends Exception {

    private static final long serialVersionUID = 1L;

    /** What a failure means for the request and for the session. */
    enum Kind {
        /** The request has failed. */
        FAILED,
        /** The response did not arrive: the outcome of the request is unknown. */
        LOST,
        /** The upstream cannot be reached: the request was not sent. */
        UNREACHABLE,
        /** The session has expired, and refused the request, which was not processed. */
        REFUSED,
        /** The session has expired. */
        EXPIRED
    }

    private final String reason;
    private final Kind kind;

    private HttpFailure(String reason, Kind kind) {
        super(reason, null, false, false);
        this.reason = reason;
        this.kind = kind;
    }

    HttpFailure(String reason) {
        this(reason, Kind.FAILED);
    }

    /** Returns the failure of an expired session. */
    static HttpFailure expired() {
        return new HttpFailure("session expired", Kind.EXPIRED);
    }

    /**
     * Returns the failure of a request that was refused because its session had expired: it was not
     * processed.
     */
    static HttpFailure refusedAsExpired() {
        return new HttpFailure("session expired", Kind.REFUSED);
    }

    /** Returns the failure of a request whose response did not arrive. */
    static HttpFailure lost(String reason) {
        return new HttpFailure(reason, Kind.LOST);
    }

    /** Returns the failure for a status without a message in the body. */
    static HttpFailure status(HttpReply reply) {
        return new HttpFailure(
                switch (reply.status()) {
                    case 401 -> "upstream rejects the credentials (HTTP 401)";
                    case 403 -> "upstream denies access (HTTP 403)";
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

    /** Returns the failure of an accepted request whose response cannot arrive any more. */
    static HttpFailure unanswered() {
        return new HttpFailure("upstream answered without a JSON-RPC response");
    }

    static HttpFailure timeout(Duration waited) {
        return new HttpFailure("upstream did not answer within " + DurationText.of(waited));
    }

    /**
     * Returns the failure for an exception of the HTTP client, whose own message contains class
     * names and addresses.
     */
    static HttpFailure of(@Nullable Throwable cause) {
        return switch (cause) {
            case UnknownHostException _ -> unreachable("upstream's host name is unknown");
            case ConnectException _, NoRouteToHostException _ ->
                    unreachable("upstream cannot be reached");
            case SocketTimeoutException _ -> unreachable("upstream cannot be reached in time");
            case SSLHandshakeException _, SSLPeerUnverifiedException _ ->
                    unreachable("the TLS handshake with the upstream failed");
            case SSLException _ -> lost("the TLS connection to the upstream failed");
            case ZipException _ ->
                    new HttpFailure("the upstream's response cannot be decompressed");
            case HttpResponseException _ ->
                    new HttpFailure("the upstream did not answer with HTTP");
            case IOException _ -> lost("the connection to the upstream was lost");
            case null, default -> unknown();
        };
    }

    static HttpFailure unknown() {
        return new HttpFailure("the request to the upstream failed");
    }

    private static HttpFailure unreachable(String reason) {
        return new HttpFailure(reason, Kind.UNREACHABLE);
    }

    static HttpFailure withdrawn() {
        return new HttpFailure("withdrawn");
    }

    String reason() {
        return reason;
    }

    Kind kind() {
        return kind;
    }
}
