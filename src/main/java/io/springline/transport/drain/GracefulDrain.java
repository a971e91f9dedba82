package io.springline.transport.drain;

import io.springline.dispatch.Dispatchers;
import io.springline.resume.ResumableSessions;
import io.springline.transport.handshake.ConnectionLimits;
import io.springline.transport.websocket.Connections;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Empties this node without losing an answer, when the service stops or when an operator says so;
 * before the web server stops, which would otherwise wait for connections that never end by
 * themselves:
 *
 * <ol>
 *   <li>readiness is down; for {@code springline.drain.delay} all is served as before;
 *   <li>no more upgrades (503). Connections that owe no answer are let go in {@linkplain DrainPacer
 *       batches}: told when to come back, parked, closed with 1012. The others are served as
 *       before;
 *   <li>when none but busy ones are left, or half of the time is over: they are told, their
 *       subscriptions end, and no more requests are run. Each is let go when it owes nothing;
 *   <li>shortly before {@code springline.drain.timeout} what is still at work fails; those
 *       connections are closed with 1001;
 *   <li>when it is over, peers that do not read are dropped.
 * </ol>
 */
public final class GracefulDrain implements SmartLifecycle {

    /** Before the web server's own graceful shutdown, which is at {@code DEFAULT_PHASE - 1024}. */
    static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 512;

    private static final Logger log = LoggerFactory.getLogger(GracefulDrain.class);
    private static final Duration POLL = Duration.ofMillis(20);

    /** For what stops after the connections; a tenth of the timeout at most. */
    private static final Duration REST = Duration.ofSeconds(1);

    /** For all other beans to stop after the drain. */
    private static final Duration REST_OF_THE_SERVICE = Duration.ofSeconds(8);

    private final Connections connections;
    private final ConnectionLimits limits;
    private final Dispatchers dispatchers;
    private final ResumableSessions resumable;
    private final List<DrainParticipant> others;
    private final DrainProperties properties;
    private final DrainPacer pace;
    private final CountDownLatch drained = new CountDownLatch(1);
    private volatile DrainState state = DrainState.SERVING;
    private volatile @Nullable Instant since;
    private volatile boolean running;

    public GracefulDrain(
            Connections connections,
            ConnectionLimits limits,
            Dispatchers dispatchers,
            ResumableSessions resumable,
            List<DrainParticipant> others,
            DrainProperties properties) {
        this.others = List.copyOf(others);
        this.connections = connections;
        this.limits = limits;
        this.dispatchers = dispatchers;
        this.resumable = resumable;
        this.properties = properties;
        this.pace = new DrainPacer(properties.closeRate(), RandomGenerator.getDefault());
    }

    /** Begins to drain, unless that has been done before; does not wait. There is no way back. */
    public synchronized void begin() {
        if (state == DrainState.SERVING) {
            state = DrainState.LEAVING;
            since = Instant.now();
            Thread.ofVirtual().name("drain").start(this::drain);
        }
    }

    /**
     * From now on the process ends by force if SIGTERM has not ended it within {@code
     * springline.drain.timeout} and 8 s; to be called by a process that is the service alone.
     */
    public void forceExit() {
        ForcedExit.install(properties.timeout().plus(REST_OF_THE_SERVICE));
    }

    public DrainState state() {
        return state;
    }

    public DrainView view() {
        return new DrainView(state, since, connections.count(), inFlight());
    }

    @Override
    public void start() {
        running = true;
    }

    /** Drains, if that has not been done before, and waits for the end of it. */
    @Override
    public void stop() {
        running = false;
        begin();
        try {
            if (!drained.await(properties.timeout().toMillis(), TimeUnit.MILLISECONDS)) {
                log.atError()
                        .addKeyValue("connections", connections.count())
                        .log("connections could not be closed within the drain timeout");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void drain() {
        try {
            long deadline = System.nanoTime() + connectionsTime(properties.timeout()).toNanos();
            log.atInfo()
                    .addKeyValue("connections", connections.count())
                    .log("draining: new clients are refused, and connections are closed");
            Thread.sleep(properties.delay());
            limits.drain();
            state = DrainState.DRAINING;
            others.forEach(DrainParticipant::leave);
            evacuate(deadline);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a drain", e);
        } finally {
            drop();
            state = DrainState.DRAINED;
            drained.countDown();
        }
    }

    /** Without what the rest of the service needs to stop after them. */
    private static Duration connectionsTime(Duration timeout) {
        Duration tenth = timeout.dividedBy(10);
        return timeout.minus(tenth.compareTo(REST) < 0 ? tenth : REST);
    }

    private void evacuate(long deadline) throws InterruptedException {
        var evacuation =
                new ConnectionDrainer(connections, dispatchers, resumable, others, pace, deadline);
        while (!isEmpty() && System.nanoTime() - deadline < 0) {
            evacuation.step();
            Thread.sleep(POLL);
        }
    }

    /** Also a handshake that is just becoming a connection counts, and work for who was cut. */
    private boolean isEmpty() {
        return connections.count() == 0 && limits.isUnused() && !resumable.areAtWork();
    }

    private void drop() {
        if (connections.count() > 0) {
            log.atWarn()
                    .addKeyValue("connections", connections.count())
                    .log("the drain timeout is over: the remaining connections are dropped");
            connections.open().forEach(open -> open.connection().abort());
        }
        log.info("drained: all connections are closed");
    }

    private long inFlight() {
        return connections.open().stream()
                .mapToLong(open -> open.session().inFlight().count())
                .sum();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** There is no way back. */
    @Override
    public boolean isPauseable() {
        return false;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
