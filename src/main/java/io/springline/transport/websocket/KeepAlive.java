package io.springline.transport.websocket;

import java.nio.ByteBuffer;

/**
 * Whether a ping is still unanswered, and how long the last answer took. All times in nanoseconds
 * of one clock.
 */
final class KeepAlive {

    private static final long NONE = Long.MIN_VALUE;

    private volatile long lastPing;
    private volatile long unanswered = NONE;
    private volatile long roundTrip = -1;

    KeepAlive(long now) {
        lastPing = now;
    }

    /** Any frame is a sign of life. */
    void received() {
        if (unanswered != NONE) {
            unanswered = NONE;
        }
    }

    /** Tells whether the payload is that of the last ping, which gives a round-trip time. */
    boolean pong(ByteBuffer payload, long now) {
        long sent = payload.remaining() == Long.BYTES ? payload.getLong(payload.position()) : NONE;
        received();
        if (sent != lastPing) {
            return false;
        }
        roundTrip = now - sent;
        return true;
    }

    void pinged(long now) {
        lastPing = now;
        unanswered = now;
    }

    long sincePing(long now) {
        return now - lastPing;
    }

    boolean owesPong(long now, long timeout) {
        long since = unanswered;
        return since != NONE && now - since >= timeout;
    }

    boolean awaitsPong() {
        return unanswered != NONE;
    }

    /** Of the last answered ping; negative before the first. */
    long roundTripNanos() {
        return roundTrip;
    }
}
