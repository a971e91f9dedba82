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
 * Closes all connections of this node, for {@link GracefulDrain}: batch after batch those that owe
 * no answer, while the busy ones are served; then, with nobody else left or half of the time over,
 * no more requests are run; at last what is still at work fails. For one thread.
 */
final class ConnectionDrainer {

    private static final Logger log = LoggerFactory.getLogger(ConnectionDrainer.class);

    /** To close who is left, and for peers to answer; a fifth of all time at most. */
    private static final long LONGEST_LAST_WORDS_NANOS = 4_000_000_000L;

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
     * @param deadline when it is over, by {@link System#nanoTime}
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
        long lastWords = Math.min(LONGEST_LAST_WORDS_NANOS, (deadline - now) / 5);
        this.batchAt = now;
        this.failAt = deadline - lastWords;
        this.stopAt = now + (failAt - now) / 2;
        this.closedBy = deadline - lastWords / 2;
    }

    /** To be called until nobody is left, or time is over. */
    void step() {
        long now = System.nanoTime();
        if (now - batchAt >= 0) {
            var batch = pace.next(connections.count(), closedBy - now);
            batchAt = now + batch.pauseNanos();
            List<OpenConnection> idle = idle();
            idle.stream().limit(batch.size()).forEach(this::letGo);
            if (!stopped && (idle.size() <= batch.size() || now - stopAt >= 0)) {
                stopAccepting();
            }
            connections.open().forEach(open -> open.connection().abortIfOverdue(now));
        }
        if (!failed && now - failAt >= 0) {
            fail();
        }
    }

    private List<OpenConnection> idle() {
        return staying().filter(open -> open.session().inFlight().isIdle()).toList();
    }

    private void letGo(OpenConnection open) {
        McpSession session = open.session();
        if (!stopped) {
            tell(session);
        }
        if (session.isResumable()) {
            resumable.park(session);
        }
        open.connection().close(failed ? CloseReason.GOING_AWAY : CloseReason.SERVICE_RESTART);
    }

    private void stopAccepting() {
        stopped = true;
        dispatchers.stopAccepting(resumable.outliveNode());
        sessions().forEach(this::tell);
    }

    /** Subscriptions of a session that goes on elsewhere go on with it. */
    private void tell(McpSession session) {
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
                .log("the drain timeout is over: the remaining requests fail");
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
