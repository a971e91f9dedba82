package io.springline.mcp;

import java.util.Arrays;

/**
 * The reasons why connections are closed: close code, close text, and whether the client should
 * reconnect. Lists all close codes that the server sends.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1">RFC 6455, 7.4.1</a>
 */
public enum CloseReason {
    /** A regular end. */
    NORMAL(1000, "normal", "closed", false),
    /** The server stops, and requests in flight have failed. */
    GOING_AWAY(1001, "going_away", "server is stopping", true),
    /** A frame that RFC 6455 forbids. Jetty closes the connection. */
    PROTOCOL_ERROR(1002, "protocol_error", "protocol error", false),
    /** A binary message that is not UTF-8 JSON. */
    UNSUPPORTED_DATA(1003, "unsupported_data", "binary messages must hold UTF-8 JSON", false),
    /** A text message that is not UTF-8. Jetty closes the connection. */
    INVALID_PAYLOAD(1007, "invalid_payload", "text that is not UTF-8", false),
    /** Too many malformed messages, or failed {@code authenticate} requests, within a minute. */
    STRIKES(1008, "strikes", "too many malformed messages", false),
    /**
     * A client without a credential did not authenticate in time, or presented an invalid token.
     */
    UNAUTHENTICATED(1008, "unauthenticated", "authentication required", false),
    /** An operator closed the connection. */
    DISCONNECTED(1008, "disconnected", "disconnected by an operator", false),
    /** A message exceeds the size limit. */
    TOO_BIG(1009, "too_big", "message too big", false),
    /** A failure of the server. */
    INTERNAL_ERROR(1011, "internal_error", "internal error", true),
    /** The server stops, and another node takes over. */
    SERVICE_RESTART(1012, "service_restart", "service restart", true),
    /** The connection has reached {@code springline.websocket.max-age}. */
    MAX_AGE(1012, "max_age", "maximum age of a connection", true),
    /** The server is at its capacity, which was detected after the upgrade. */
    TRY_AGAIN_LATER(1013, "try_again_later", "at capacity", true),
    /** The client does not read fast enough: its outbound queue is full. */
    SLOW_CONSUMER(1013, "slow_consumer", "outbound buffer is full: client reads too slowly", true),
    /** The client's credential has expired. */
    CREDENTIAL_EXPIRED(4401, "credential_expired", "credential expired", true),
    /** No pong and no message arrived within the heartbeat timeout after a ping. */
    HEARTBEAT_TIMEOUT(4408, "heartbeat_timeout", "no pong within the timeout", true),
    /** The session was resumed on another connection. */
    REPLACED(4409, "replaced", "session was resumed on another connection", false),
    /** The client exceeded the message rate for too long. */
    RATE_LIMIT(4429, "rate_limit", "message rate limit exceeded", true);

    private final int code;
    private final String label;
    private final String text;
    private final boolean mayReconnect;

    CloseReason(int code, String label, String text, boolean mayReconnect) {
        this.code = code;
        this.label = label;
        this.text = text;
        this.mayReconnect = mayReconnect;
    }

    public int code() {
        return code;
    }

    /** Returns the value of the metric tag {@code reason}. */
    public String label() {
        return label;
    }

    /** Returns the text of the close frame, at most 123 bytes of UTF-8. */
    public String text() {
        return text;
    }

    /** Returns true if the client should reconnect by itself. */
    public boolean mayReconnect() {
        return mayReconnect;
    }

    /**
     * Returns true if a client should reconnect after this code. Codes that are not listed count as
     * accidental, so it should.
     */
    public static boolean mayReconnect(int code) {
        return Arrays.stream(values())
                .filter(reason -> reason.code == code)
                .allMatch(CloseReason::mayReconnect);
    }
}
