package io.springline.mcp;

import java.util.Arrays;

/**
 * Why a connection ends, and what the client should do about it: the one list of close codes.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1">RFC 6455, 7.4.1</a>
 */
public enum CloseReason {
    /** The conversation is over. */
    NORMAL(1000, "normal", "closed", false),
    /** This server stops, and what was in flight has failed. */
    GOING_AWAY(1001, "going_away", "server is stopping", true),
    /** A frame that RFC 6455 forbids; the container closes with this one. */
    PROTOCOL_ERROR(1002, "protocol_error", "protocol error", false),
    /** A binary message that holds no UTF-8 JSON. */
    UNSUPPORTED_DATA(1003, "unsupported_data", "binary messages must hold UTF-8 JSON", false),
    /** A text message that is not UTF-8; the container closes with this one. */
    INVALID_PAYLOAD(1007, "invalid_payload", "text that is not UTF-8", false),
    /** Too many malformed messages within a minute. */
    STRIKES(1008, "strikes", "too many malformed messages", false),
    /** A client that was let in to say who it is did not, or could not. */
    UNAUTHENTICATED(1008, "unauthenticated", "authentication required", false),
    /** An operator ended the connection. */
    DISCONNECTED(1008, "disconnected", "disconnected by an operator", false),
    /** A message over the size limit. */
    TOO_BIG(1009, "too_big", "message too big", false),
    /** A fault of ours. */
    INTERNAL_ERROR(1011, "internal_error", "internal error", true),
    /** This replica is being replaced; another takes over. */
    SERVICE_RESTART(1012, "service_restart", "service restart", true),
    /** The connection is as old as it may get, see {@code springline.websocket.max-age}. */
    MAX_AGE(1012, "max_age", "maximum age of a connection", true),
    /** At capacity, found out after the upgrade. */
    TRY_AGAIN_LATER(1013, "try_again_later", "at capacity", true),
    /** The client does not read what it asked for. */
    SLOW_CONSUMER(1013, "slow_consumer", "outbound buffer is full: client reads too slowly", true),
    /** The credential has expired. */
    CREDENTIAL_EXPIRED(4401, "credential_expired", "credential expired", true),
    /** No sign of life within the heartbeat timeout. */
    HEARTBEAT_TIMEOUT(4408, "heartbeat_timeout", "no pong within the timeout", true),
    /** Another connection has taken this session over. */
    REPLACED(4409, "replaced", "session was resumed on another connection", false),
    /** More messages per second than allowed, for too long. */
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

    /** The value of the metric tag {@code reason}. */
    public String label() {
        return label;
    }

    /** What the close frame says; at most 123 bytes of UTF-8. */
    public String text() {
        return text;
    }

    /** Whether a client that lost this connection should come back by itself. */
    public boolean mayReconnect() {
        return mayReconnect;
    }

    /** The same for any close code; those not listed here are accidents. */
    public static boolean mayReconnect(int code) {
        return Arrays.stream(values())
                .filter(reason -> reason.code == code)
                .allMatch(CloseReason::mayReconnect);
    }
}
