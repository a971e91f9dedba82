package io.springline.transport.websocket;

import io.springline.mcp.CloseReason;
import org.jspecify.annotations.Nullable;

/**
 * How far one connection is on its way from open to ended (RFC 6455, section 7).
 *
 * <pre>
 * OPEN ──begin(reason)──▶ CLOSING ──queue written──▶ CLOSE_SENT ──▶ ENDED
 *   └──peer or network────────┴──────────────────────────────────────▲
 * </pre>
 *
 * The lock of the connection guards changes; any thread may read.
 */
final class ClosingHandshake {

    private enum State {
        OPEN,
        CLOSING,
        CLOSE_SENT,
        ENDED
    }

    private volatile State state = State.OPEN;
    private volatile @Nullable CloseReason reason;

    boolean isOpen() {
        return state == State.OPEN;
    }

    /** Returns true if this server has begun to close the connection, which has not ended. */
    boolean isInProgress() {
        State now = state;
        return now == State.CLOSING || now == State.CLOSE_SENT;
    }

    /** Returns the reason for which this server closed the connection, or null if it did not. */
    @Nullable CloseReason reason() {
        return reason;
    }

    /** Begins to close. Only for a connection that is open. */
    void begin(CloseReason why) {
        reason = why;
        state = State.CLOSING;
    }

    /** Returns the reason to be sent in the close frame now, or null. The frame is sent once. */
    @Nullable CloseReason takeFrame() {
        if (state != State.CLOSING) {
            return null;
        }
        state = State.CLOSE_SENT;
        return reason;
    }

    void end() {
        state = State.ENDED;
    }
}
