package io.springline.transport.websocket;

import java.nio.ByteBuffer;

/**
 * Tracks the pings of one connection: whether the last one is unanswered, and the round-trip time.
 * All times are in nanoseconds of {@link System#nanoTime}.
 */
final class KeepAlive {

    private static final long NONE = Long.MIN_VALUE;

    private volatile long lastPing;
    private volatile boolean pinged;
    private volatile long unanswered = NONE;
    private volatile long roundTrip = -1;
    private volatile boolean pingQueued;

    KeepAlive(long now) {
        lastPing = now;
    }

    /** Records a message or a pong. Both prove that the peer is alive. */
    void received() {
        if (unanswered != NONE) {
            unanswered = NONE;
        }
    }

    /** Records a pong. Returns true if it answers the last ping, which sets the round-trip time. */
    boolean pong(ByteBuffer payload, long now) {
        long sent = payload.remaining() == Long.BYTES ? payload.getLong(payload.position()) : NONE;
        received();
        if (sent != lastPing) {
            return false;
        }
        roundTrip = now - sent;
        return true;
    }

    /**
     * Records a ping. Returns false if it must not be sent, because the one before still waits to
     * be written: the peer does not read, and pings would pile up. Called by one thread at a time.
     */
    boolean pinged(long now) {
        pinged = true;
        lastPing = now;
        unanswered = now;
        boolean isFree = !pingQueued;
        pingQueued = true;
        return isFree;
    }

    /** Records that the ping was written, or that this has failed. */
    void pingWritten() {
        pingQueued = false;
    }

    boolean wasPinged() {
        return pinged;
    }

    long sincePing(long now) {
        return now - lastPing;
    }

    boolean isPongOverdue(long now, long timeout) {
        long since = unanswered;
        return since != NONE && now - since >= timeout;
    }

    boolean awaitsPong() {
        return unanswered != NONE;
    }

    /** Returns the round-trip time of the last answered ping, negative before the first. */
    long roundTripNanos() {
        return roundTrip;
    }
}
