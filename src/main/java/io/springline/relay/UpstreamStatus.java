package io.springline.relay;

import io.springline.relay.client.UpstreamConnection;
import org.jspecify.annotations.Nullable;

/**
 * The state of one line to an upstream at one moment.
 *
 * @param connection in phase {@code UP}; may have ended by now
 * @param trouble why it is down, or was last; null if it never was
 * @param connects connections made so far
 * @param failures attempts and short connections in a row that came to nothing
 * @param sinceNanos when the phase began
 * @param nextAttemptNanos before that no attempt to connect begins
 */
record UpstreamStatus(
        Phase phase,
        @Nullable UpstreamConnection connection,
        @Nullable String trouble,
        int connects,
        int failures,
        long sinceNanos,
        long nextAttemptNanos) {

    enum Phase {
        DOWN,
        CONNECTING,
        UP,
        CLOSED
    }

    static UpstreamStatus initial() {
        long now = System.nanoTime();
        return new UpstreamStatus(Phase.DOWN, null, null, 0, 0, now, now);
    }

    /** The connection, unless it has ended. */
    @Nullable UpstreamConnection open() {
        return connection != null && connection.client().isOpen() ? connection : null;
    }

    boolean isUp() {
        return open() != null;
    }

    UpstreamStatus with(Phase next, @Nullable UpstreamConnection made, @Nullable String why) {
        return new UpstreamStatus(
                next, made, why, connects, failures, System.nanoTime(), nextAttemptNanos);
    }

    UpstreamStatus withTrouble(String why) {
        return new UpstreamStatus(
                phase, connection, why, connects, failures, sinceNanos, nextAttemptNanos);
    }

    UpstreamStatus connected(UpstreamConnection made) {
        return new UpstreamStatus(
                Phase.UP,
                made,
                trouble,
                connects + 1,
                failures,
                System.nanoTime(),
                nextAttemptNanos);
    }

    UpstreamStatus down(String why, int failures, long delayMillis) {
        long now = System.nanoTime();
        return new UpstreamStatus(
                Phase.DOWN, null, why, connects, failures, now, now + delayMillis * 1_000_000);
    }
}
