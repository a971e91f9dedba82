package io.springline.websocket;

import io.springline.dispatch.Dispatchers;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.session.CloseReason;
import io.springline.session.InFlight;
import io.springline.session.McpSession;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Stops without losing an answer, before the web server stops, which would otherwise wait for
 * connections that never end by themselves:
 *
 * <ol>
 *   <li>no more upgrades (503), no more requests ("The server is shutting down"); clients that
 *       resume are told when to come back, each at another time;
 *   <li>subscriptions end with their result;
 *   <li>requests that were accepted go on, for {@code springline.drain.timeout} at most, then they
 *       fail;
 *   <li>a connection that owes no answer any more is closed with 1001 behind what is queued on it;
 *       a peer that does not read is dropped.
 * </ol>
 */
final class GracefulDrain implements SmartLifecycle {

    /** Before the web server's own graceful shutdown, which is at {@code DEFAULT_PHASE - 1024}. */
    static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 512;

    private static final Logger log = LoggerFactory.getLogger(GracefulDrain.class);
    private static final Duration POLL = Duration.ofMillis(10);
    private static final Duration LAST_WORDS = Duration.ofSeconds(3);

    /** When clients are asked to come back: spread, so that they do not all come at once. */
    private static final long EARLIEST_MILLIS = 500;

    private static final long LATEST_MILLIS = 3_000;

    private final Connections connections;
    private final ConnectionLimits limits;
    private final Dispatchers dispatchers;
    private final Duration timeout;
    private volatile boolean running;

    GracefulDrain(
            Connections connections,
            ConnectionLimits limits,
            Dispatchers dispatchers,
            DrainProperties properties) {
        this.connections = connections;
        this.limits = limits;
        this.dispatchers = dispatchers;
        this.timeout = properties.timeout();
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        log.atInfo().addKeyValue("connections", connections.count()).log("draining");
        limits.drain();
        dispatchers.stopAccepting();
        connections.open().forEach(open -> announce(open.session()));
        connections.open().forEach(open -> dispatchers.endSubscriptions(open.session()));
        if (!await(timeout, this::closeIdle)) {
            log.atWarn().addKeyValue("requests", inFlight()).log("drain timeout: requests fail");
            connections.open().forEach(GracefulDrain::failInFlight);
            connections.open().forEach(open -> open.connection().close(CloseReason.GOING_AWAY));
        }
        if (!await(LAST_WORDS, () -> connections.count() == 0)) {
            log.atWarn().addKeyValue("connections", connections.count()).log("dropped");
            connections.open().forEach(open -> open.connection().abort());
        }
    }

    private static void announce(McpSession session) {
        if (session.resumable() != null) {
            long delay = ThreadLocalRandom.current().nextLong(EARLIEST_MILLIS, LATEST_MILLIS);
            ObjectNode params =
                    JsonNodeFactory.instance.objectNode().put("reconnectAfterMs", delay);
            session.send(new Notification("springline/drain", params));
        }
    }

    /** Lets each connection go as soon as it owes nothing; true when all are gone. */
    private boolean closeIdle() {
        for (OpenConnection open : connections.open()) {
            if (open.session().inFlight().isIdle()) {
                open.connection().close(CloseReason.GOING_AWAY);
            }
        }
        return connections.count() == 0;
    }

    private long inFlight() {
        return connections.open().stream()
                .mapToLong(open -> open.session().inFlight().count())
                .sum();
    }

    private static void failInFlight(OpenConnection open) {
        for (InFlight request : open.session().inFlight().all()) {
            var error = ErrorCode.INTERNAL_ERROR.error("The server is shutting down");
            request.expire(new ErrorResponse(request.id(), error));
        }
    }

    private static boolean await(Duration patience, BooleanSupplier condition) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline >= 0) {
                return false;
            }
            try {
                Thread.sleep(POLL);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
