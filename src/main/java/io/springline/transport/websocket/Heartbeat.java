package io.springline.transport.websocket;

import io.springline.concurrent.SchedulerNames;
import io.springline.mcp.CloseReason;
import io.springline.transport.WebSocketProperties;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.springframework.scheduling.annotation.Scheduled;

/**
 * Detects dead peers. Sends a ping after {@code interval}, the first one earlier. If neither a pong
 * nor a message arrives within {@code timeout}, closes the connection with 4408 and aborts it. A
 * dead peer is therefore detected after at most interval + timeout. Does not block.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6455#section-5.5.2">RFC 6455, 5.5.2</a>
 */
public final class Heartbeat {

    private static final long SHORTEST_TICK_MILLIS = 100;
    private static final long LONGEST_TICK_MILLIS = 1_000;

    private final Connections connections;
    private final long tickNanos;
    private final long timeoutNanos;
    private final PingSchedule<WebSocketConnection> pings;
    private final Map<WebSocketConnection, BooleanSupplier> others = new ConcurrentHashMap<>();
    private long lastBeatNanos;

    Heartbeat(Connections connections, WebSocketProperties.Heartbeat properties) {
        this.connections = connections;
        // As rarely as possible: one check of 10,000 connections takes a millisecond or two.
        long tenth =
                Math.min(properties.interval().toMillis(), properties.timeout().toMillis()) / 10;
        this.tickNanos = Math.clamp(tenth, SHORTEST_TICK_MILLIS, LONGEST_TICK_MILLIS) * 1_000_000;
        // Act up to one tick early, never late.
        long late = tickNanos + SHORTEST_TICK_MILLIS * 1_000_000;
        this.timeoutNanos = Math.max(properties.timeout().toNanos() - late, tickNanos);
        int beats = (int) (tickNanos / SHORTEST_TICK_MILLIS / 1_000_000);
        long spread = beats > 1 ? tickNanos : 0;
        long interval = properties.interval().toNanos() - late - spread;
        this.pings = new PingSchedule<>(Math.max(interval, tickNanos), beats);
        this.lastBeatNanos = System.nanoTime() - tickNanos;
    }

    /**
     * Watches a connection without a session until {@link #unwatch}.
     *
     * @param isHandlingMessage whether its reader is busy, so that no pong can be read
     */
    public void watch(WebSocketConnection connection, BooleanSupplier isHandlingMessage) {
        others.put(connection, isHandlingMessage);
    }

    public void unwatch(WebSocketConnection connection) {
        others.remove(connection);
    }

    @Scheduled(fixedDelay = SHORTEST_TICK_MILLIS, scheduler = SchedulerNames.SPRINGLINE)
    void beat() {
        long now = System.nanoTime();
        if (now - lastBeatNanos >= tickNanos) {
            lastBeatNanos = now;
            pings.rest(connection -> connection.ping(now));
            for (OpenConnection open : connections.open()) {
                check(open.connection(), open.end()::isHandlingMessage, now);
            }
            others.forEach((connection, handling) -> check(connection, handling, now));
        }
        pings.nextShare(connection -> connection.ping(now));
    }

    private void check(
            WebSocketConnection connection, BooleanSupplier isHandlingMessage, long now) {
        KeepAlive life = connection.life();
        connection.abortIfOverdue(now);
        connection.closeIfFlooding(now);
        if (life.isPongOverdue(now, timeoutNanos)
                && !connection.isWriting(now)
                && !isHandlingMessage.getAsBoolean()) {
            connection.closeNow(CloseReason.HEARTBEAT_TIMEOUT);
            connection.abort();
        } else {
            pings.addIfDue(connection, life, now);
        }
    }
}
