package io.springline.transport.drain;

import io.springline.dispatch.Dispatchers;
import io.springline.mcp.CloseReason;
import io.springline.session.limit.Rate;
import io.springline.transport.websocket.Connections;
import io.springline.transport.websocket.OpenConnection;
import java.time.Duration;
import org.springframework.scheduling.annotation.Scheduled;

/**
 * Closes connections that have grown old, when they owe no answer, so that load spreads over
 * replicas that were added. Each has an age limit of its own, and no more are closed in a second
 * than in a drain. One that never comes to rest is closed all the same after as long as a request
 * may take. Never waits for a socket.
 */
public final class MaxAge {

    private static final long TICK_MILLIS = 1_000;

    /** Limits lie within this share of the configured one, both ways. */
    private static final double JITTER = 0.1;

    private final Connections connections;
    private final Dispatchers dispatchers;
    private final long maxAgeMillis;
    private final long patienceMillis;
    private final int most;

    /**
     * @param patience how long one is waited for that is at work
     * @param ceiling connections closed in one second
     */
    public MaxAge(
            Connections connections,
            Dispatchers dispatchers,
            Duration maxAge,
            Duration patience,
            Rate ceiling) {
        this.connections = connections;
        this.dispatchers = dispatchers;
        this.maxAgeMillis = maxAge.toMillis();
        this.patienceMillis = patience.toMillis();
        this.most = ceiling.perSecond();
    }

    @Scheduled(fixedDelay = TICK_MILLIS)
    void look() {
        long now = System.currentTimeMillis();
        connections.open().stream()
                .filter(open -> isDue(open, now))
                .limit(most)
                .forEach(this::letGo);
    }

    private boolean isDue(OpenConnection open, long now) {
        long over = now - open.connectedAt().toEpochMilli() - limit(open.id(), maxAgeMillis);
        return over >= 0
                && open.connection().closing() == null
                && (over >= patienceMillis || open.session().inFlight().isIdle());
    }

    /** The same for a connection at each look, and another for each connection. */
    static long limit(String id, long maxAge) {
        return maxAge + (long) (maxAge * JITTER * id.hashCode() / Integer.MIN_VALUE);
    }

    private void letGo(OpenConnection open) {
        DrainNotice.send(open.session());
        if (!open.session().isResumable()) {
            dispatchers.endSubscriptions(open.session());
        }
        open.connection().close(CloseReason.MAX_AGE);
    }
}
