package io.springline.websocket;

import java.nio.ByteBuffer;

/**
 * When a peer was last heard of, and what is owed to a ping. All times in nanoseconds of one clock.
 */
final class LifeSigns {

    private static final long NONE = Long.MIN_VALUE;

    private volatile long lastReceived;
    private volatile long lastPing;
    private volatile long unanswered = NONE;
    private volatile long roundTrip = -1;

    LifeSigns(long now) {
        lastReceived = now;
        lastPing = now;
    }

    /** Any frame is a sign of life. */
    void received(long now) {
        lastReceived = now;
        unanswered = NONE;
    }

    /** The payload is the one of {@link #pinged}'s ping, unless the peer made it up. */
    void pong(ByteBuffer payload, long now) {
        long sent = payload.remaining() == Long.BYTES ? payload.getLong(payload.position()) : NONE;
        if (sent == lastPing) {
            roundTrip = now - sent;
        }
        received(now);
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

    long sinceReceived(long now) {
        return now - lastReceived;
    }

    /** Of the last answered ping; negative before the first. */
    long roundTripNanos() {
        return roundTrip;
    }
}
