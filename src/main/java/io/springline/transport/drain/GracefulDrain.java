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
 * Closes all connections of this node without losing an answer, when the service stops or an
 * operator starts a drain. Runs before the web server stops, which would otherwise wait for
 * connections that never end by themselves.
 *
 * <ol>
 *   <li>Readiness is down. For {@code springline.drain.delay}, everything is served as before.
 *   <li>Upgrades are refused with 503. Idle connections are closed in {@linkplain DrainPacer
 *       batches}: each client gets {@code springline/drain}, its session is parked, and the
 *       connection is closed with 1012. Busy connections are served as before.
 *   <li>When only busy connections are left, or half of the time has passed, all clients get {@code
 *       springline/drain}, their subscriptions end, and no more requests are run. Each connection
 *       is closed as soon as it is idle.
 *   <li>Shortly before {@code springline.drain.timeout}, requests and tasks that still run fail,
 *       and connections are closed with 1001.
 *   <li>At the end, connections whose peers do not answer the close are aborted.
 * </ol>
 */
public final class GracefulDrain implements SmartLifecycle {

    /** Before the web server's own graceful shutdown, which is at {@code DEFAULT_PHASE - 1024}. */
    static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 512;

    private static final Logger log = LoggerFactory.getLogger(GracefulDrain.class);
    private static final Duration POLL = Duration.ofMillis(20);

    /** Reserved for what stops after the connections; at most a tenth of the timeout. */
    private static final Duration RESERVED = Duration.ofSeconds(1);

    /** Allowed for all other beans to stop after the drain. */
    private static final Duration OTHER_BEANS_TIME = Duration.ofSeconds(8);

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

    /**
     * Begins the drain and returns at once. Does nothing if it has begun. A drain cannot be undone.
     */
    public synchronized void begin() {
        if (state == DrainState.SERVING) {
            state = DrainState.LEAVING;
            since = Instant.now();
            Thread.ofVirtual().name("drain").start(this::drain);
        }
    }

    /**
     * Makes the process end by force if it has not ended within {@code springline.drain.timeout}
     * plus 8 s after SIGTERM. Only for a process that runs nothing but this service.
     */
    public void forceExit() {
        ForcedExit.install(properties.timeout().plus(OTHER_BEANS_TIME));
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

    /**
     * Begins the drain if it has not begun, and blocks until it has ended or {@code
     * springline.drain.timeout} has passed.
     */
    @Override
    public void stop() {
        running = false;
        begin();
        try {
            if (!drained.await(properties.timeout().toMillis(), TimeUnit.MILLISECONDS)) {
                log.atError()
                        .addKeyValue("connections", connections.count())
                        .log(
                                "drain: springline.drain.timeout is over, but connections are still open");
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
                    .log(
                            "drain: begins. After springline.drain.delay, new connections are refused and open ones are closed");
            Thread.sleep(properties.delay());
            limits.drain();
            state = DrainState.DRAINING;
            others.forEach(DrainParticipant::leave);
            closeConnections(deadline);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a drain", e);
        } finally {
            drop();
            state = DrainState.DRAINED;
            drained.countDown();
        }
    }

    /** Returns the part of the timeout that connections get. */
    private static Duration connectionsTime(Duration timeout) {
        Duration tenth = timeout.dividedBy(10);
        return timeout.minus(tenth.compareTo(RESERVED) < 0 ? tenth : RESERVED);
    }

    private void closeConnections(long deadline) throws InterruptedException {
        var drainer =
                new ConnectionDrainer(connections, dispatchers, resumable, others, pace, deadline);
        while (!isEmpty() && System.nanoTime() - deadline < 0) {
            drainer.step();
            Thread.sleep(POLL);
        }
    }

    /**
     * Returns true if there is no connection, no handshake that may become one, no request of a
     * client that is disconnected, and no participant is busy.
     */
    private boolean isEmpty() {
        return connections.count() == 0
                && limits.isUnused()
                && !resumable.areAtWork()
                && others.stream().noneMatch(DrainParticipant::isBusy);
    }

    private void drop() {
        if (connections.count() > 0) {
            log.atWarn()
                    .addKeyValue("connections", connections.count())
                    .log(
                            "drain: springline.drain.timeout is over, so the remaining connections are aborted");
            connections.open().forEach(open -> open.connection().abort());
        }
        log.info("drain: all connections are closed");
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

    /** A drain cannot be undone. */
    @Override
    public boolean isPauseable() {
        return false;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
