package io.springline.transport.drain;

import io.springline.concurrent.SchedulerNames;
import io.springline.dispatch.Dispatchers;
import io.springline.mcp.CloseReason;
import io.springline.session.limit.Rate;
import io.springline.transport.websocket.Connections;
import io.springline.transport.websocket.OpenConnection;
import java.time.Duration;
import org.springframework.scheduling.annotation.Scheduled;

/**
 * Closes connections that have reached {@code springline.websocket.max-age}, so that load spreads
 * over new replicas.
 *
 * <p>A connection is closed when it has no request in flight; at the latest after the time that a
 * request may take. Each has an age limit of its own, and at most as many are closed per second as
 * in a drain. Does not block.
 */
public final class MaxAge {

    private static final long TICK_MILLIS = 1_000;

    /** The limits lie within this share above and below the configured one. */
    private static final double JITTER = 0.1;

    private final Connections connections;
    private final Dispatchers dispatchers;
    private final long maxAgeMillis;
    private final long maxWaitMillis;
    private final int most;

    /**
     * @param maxWait longest wait for the requests of one connection after its age limit
     * @param ceiling most connections to close per second
     */
    public MaxAge(
            Connections connections,
            Dispatchers dispatchers,
            Duration maxAge,
            Duration maxWait,
            Rate ceiling) {
        this.connections = connections;
        this.dispatchers = dispatchers;
        this.maxAgeMillis = maxAge.toMillis();
        this.maxWaitMillis = maxWait.toMillis();
        this.most = ceiling.perSecond();
    }

    @Scheduled(fixedDelay = TICK_MILLIS, scheduler = SchedulerNames.SPRINGLINE)
    void closeOverdue() {
        long now = System.currentTimeMillis();
        connections.open().stream()
                .filter(open -> isDue(open, now))
                .limit(most)
                .forEach(this::close);
    }

    private boolean isDue(OpenConnection open, long now) {
        long over = now - open.connectedAt().toEpochMilli() - limit(open.id(), maxAgeMillis);
        return over >= 0
                && open.connection().closing() == null
                && (over >= maxWaitMillis || open.session().inFlight().isIdle());
    }

    /**
     * Returns the age limit of a connection: always the same for one id, and different between ids.
     */
    static long limit(String id, long maxAge) {
        return maxAge + (long) (maxAge * JITTER * id.hashCode() / Integer.MIN_VALUE);
    }

    private void close(OpenConnection open) {
        DrainNotice.send(open.session());
        if (!open.session().isResumable()) {
            dispatchers.endSubscriptions(open.session());
        }
        open.connection().close(CloseReason.MAX_AGE);
    }
}
