package io.springline.relay.upstream;

import io.springline.jsonrpc.DurationText;
import io.springline.relay.client.UpstreamConnection;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An immutable state of a connection to an upstream.
 *
 * @param connection set in phase {@code UP}; it may have ended
 * @param trouble why the connection is or was last down; null if it never was
 * @param connects number of connections so far
 * @param failures number of consecutive failed attempts and short-lived connections
 * @param sinceNanos when the phase began, by {@link System#nanoTime}
 * @param nextAttemptNanos when the next attempt is due, by {@link System#nanoTime}
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

    /** Returns the connection; null if there is none or it has ended. */
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

    UpstreamStatus dueNow() {
        return new UpstreamStatus(
                phase, connection, trouble, connects, failures, sinceNanos, System.nanoTime());
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

    /** Returns the sentence for a caller of an upstream that is down. */
    String whyDown(String upstream, long nowNanos) {
        return "Upstream '%s' is down (%s); the next attempt is in %s"
                .formatted(
                        upstream,
                        withoutName(upstream, trouble),
                        DurationText.ofMillis(
                                Math.max(0, nextAttemptNanos - nowNanos) / 1_000_000));
    }

    /** Returns the reason, for a sentence that has named the upstream already. */
    static String withoutName(String upstream, @Nullable String reason) {
        return String.valueOf(reason)
                .replaceFirst("^Upstream '%s':? ".formatted(Pattern.quote(upstream)), "");
    }

    /** Returns a sentence that says why there is no connection, with the name of the upstream. */
    String whyNotConnected(String upstream, long nowNanos) {
        if (phase == Phase.DOWN && trouble != null) {
            return whyDown(upstream, nowNanos);
        }
        return "Upstream '%s' is connecting (%s)"
                .formatted(
                        upstream,
                        trouble == null ? "for the first time" : withoutName(upstream, trouble));
    }
}
