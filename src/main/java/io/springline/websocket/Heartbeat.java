package io.springline.websocket;

import io.springline.session.CloseReason;
import org.springframework.scheduling.annotation.Scheduled;

/**
 * Finds peers that are gone without a word. After {@code interval} without a ping it sends one; a
 * peer that shows no sign of life within {@code timeout} after it is closed with 4408 and then
 * dropped, so a dead peer costs interval + timeout at most. Never waits for a socket.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6455#section-5.5.2">RFC 6455, 5.5.2</a>
 */
final class Heartbeat {

    private static final long TICK_MILLIS = 100;

    private final Connections connections;
    private final long intervalNanos;
    private final long timeoutNanos;

    Heartbeat(Connections connections, WebSocketProperties.Heartbeat properties) {
        this.connections = connections;
        long tick = TICK_MILLIS * 1_000_000;
        // A tick early rather than a tick late.
        this.intervalNanos = Math.max(properties.interval().toNanos() - tick, tick);
        this.timeoutNanos = Math.max(properties.timeout().toNanos() - tick, tick);
    }

    @Scheduled(fixedDelay = TICK_MILLIS)
    void beat() {
        long now = System.nanoTime();
        for (OpenConnection open : connections.open()) {
            check(open.connection(), now);
        }
    }

    private void check(WebSocketConnection connection, long now) {
        LifeSigns life = connection.life();
        connection.abortIfOverdue(now);
        connection.closeIfFlooding(now);
        if (life.owesPong(now, timeoutNanos) && !connection.isWriting(now)) {
            connection.closeNow(CloseReason.HEARTBEAT_TIMEOUT);
            connection.abort();
        } else if (!life.awaitsPong() && life.sincePing(now) >= intervalNanos) {
            connection.ping(now);
        }
    }
}
