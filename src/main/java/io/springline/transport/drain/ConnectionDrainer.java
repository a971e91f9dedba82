package io.springline.transport.drain;

import io.springline.dispatch.Dispatchers;
import io.springline.mcp.CloseReason;
import io.springline.resume.ResumableSessions;
import io.springline.session.McpSession;
import io.springline.transport.websocket.Connections;
import io.springline.transport.websocket.OpenConnection;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes all connections of this node on behalf of {@link GracefulDrain}. Not thread-safe.
 *
 * <p>First closes idle connections in batches, while busy ones are served. If only busy ones are
 * left, or half of the time has passed, stops running new requests. Shortly before the deadline,
 * requests that still run fail.
 */
final class ConnectionDrainer {

    private static final Logger log = LoggerFactory.getLogger(ConnectionDrainer.class);

    /**
     * The time before the deadline that is reserved to close the remaining connections; at most a
     * fifth of all time.
     */
    private static final long MAX_CLOSING_NANOS = 4_000_000_000L;

    private final Connections connections;
    private final Dispatchers dispatchers;
    private final ResumableSessions resumable;
    private final List<DrainParticipant> others;
    private final DrainPacer pace;
    private final long stopAt;
    private final long failAt;
    private final long closedBy;
    private long batchAt;
    private boolean stopped;
    private boolean failed;

    /**
     * @param deadline of the drain, as {@link System#nanoTime}
     */
    ConnectionDrainer(
            Connections connections,
            Dispatchers dispatchers,
            ResumableSessions resumable,
            List<DrainParticipant> others,
            DrainPacer pace,
            long deadline) {
        this.connections = connections;
        this.dispatchers = dispatchers;
        this.resumable = resumable;
        this.others = others;
        this.pace = pace;
        long now = System.nanoTime();
        long closingTime = Math.min(MAX_CLOSING_NANOS, (deadline - now) / 5);
        this.batchAt = now;
        this.failAt = deadline - closingTime;
        this.stopAt = now + (failAt - now) / 2;
        this.closedBy = deadline - closingTime / 2;
    }

    /**
     * Performs what is due now. To be called repeatedly until all connections are closed or the
     * deadline has passed.
     */
    void step() {
        long now = System.nanoTime();
        if (now - batchAt >= 0) {
            int count =
                    connections.count()
                            + others.stream().mapToInt(DrainParticipant::connections).sum();
            var batch = pace.next(count, closedBy - now);
            batchAt = now + batch.pauseNanos();
            List<OpenConnection> idle = idle();
            // Checked again, since calls are accepted while others are closed.
            idle.stream()
                    .limit(batch.size())
                    .filter(ConnectionDrainer::isIdle)
                    .forEach(this::close);
            closeOthers(batch.size() - Math.min(idle.size(), batch.size()));
            if (!stopped && (idle.size() <= batch.size() || now - stopAt >= 0)) {
                stopAccepting();
            }
            connections.open().forEach(open -> open.connection().abortIfOverdue(now));
        }
        if (!failed && now - failAt >= 0) {
            fail();
        }
    }

    /** Closes connections of the participants with what clients have left of a batch. */
    private void closeOthers(int most) {
        int left = most;
        for (DrainParticipant each : others) {
            left -= left > 0 ? each.closeIdle(left) : 0;
        }
    }

    private List<OpenConnection> idle() {
        return staying().filter(ConnectionDrainer::isIdle).toList();
    }

    private static boolean isIdle(OpenConnection open) {
        return open.session().inFlight().isIdle();
    }

    private void close(OpenConnection open) {
        McpSession session = open.session();
        if (!stopped) {
            announceClose(session);
        }
        if (session.isResumable()) {
            resumable.park(session);
        }
        open.connection().close(failed ? CloseReason.GOING_AWAY : CloseReason.SERVICE_RESTART);
    }

    private void stopAccepting() {
        stopped = true;
        dispatchers.stopAccepting(resumable.outliveNode());
        sessions().forEach(this::announceClose);
    }

    /**
     * Notifies the client, and ends its subscriptions unless another node will continue them with
     * the session.
     */
    private void announceClose(McpSession session) {
        DrainNotice.send(session);
        if (!session.isResumable() || !resumable.outliveNode()) {
            dispatchers.endSubscriptions(session);
        }
    }

    private void fail() {
        failed = true;
        int requests = sessions().mapToInt(each -> each.inFlight().count()).sum();
        log.atWarn()
                .addKeyValue("requests", requests)
                .log("drain: the timeout is near, so the requests that still run fail");
        sessions().forEach(dispatchers::failInFlight);
        others.forEach(DrainParticipant::fail);
    }

    private Stream<McpSession> sessions() {
        return staying().map(OpenConnection::session);
    }

    private Stream<OpenConnection> staying() {
        return connections.open().stream().filter(open -> open.connection().closing() == null);
    }
}
