package io.springline.relay.upstream;

import io.springline.concurrent.SharedThread;
import io.springline.jsonrpc.DurationText;
import io.springline.relay.client.UpstreamClient;
import io.springline.relay.client.UpstreamConnection;
import io.springline.relay.client.UpstreamException;
import io.springline.relay.config.RelayProperties;
import io.springline.relay.config.RelayProperties.Mode;
import io.springline.relay.upstream.UpstreamConnector.Attempt;
import io.springline.relay.upstream.UpstreamConnector.Failed;
import io.springline.relay.upstream.UpstreamConnector.Made;
import io.springline.relay.upstream.UpstreamStatus.Phase;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import tools.jackson.databind.node.ObjectNode;

/**
 * A holder of one connection to an upstream, which it replaces when the connection is lost.
 *
 * <pre>
 * DOWN ──acquire──▶ CONNECTING ──▶ UP ──lost──▶ DOWN          close: CLOSED, for good
 *   ▲                   │
 *   └────back-off───────┘    doubling, with jitter, until a connection holds
 * </pre>
 *
 * <p>Connecting runs on a thread of its own, and callers wait for it with their own timeouts. The
 * {@linkplain #status status} is read without a lock. No outward call is made under the lock.
 */
final class UpstreamConnectionHolder {

    private static final Logger log = LoggerFactory.getLogger(UpstreamConnectionHolder.class);
    private static final Duration HOLDS_AFTER = Duration.ofSeconds(10);
    private static final Duration FOREVER = Duration.ofDays(365);
    private static final Runnable NOTHING = () -> {};

    /** Receives new connections and the events that belong to no request. */
    interface Listener extends UpstreamClient.Listener {

        /** Called when a connection is made, on the thread that made it; must not block. */
        void connected(UpstreamConnection connection);
    }

    private final String name;
    private final TransportSource transports;
    private final UpstreamConnector connector;
    private final Listener listener;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private volatile UpstreamStatus status;
    private long lastUsedNanos = System.nanoTime();
    private @Nullable Thread connecting;

    /**
     * Creates a holder without a connection.
     *
     * @param mode whether one client session uses it, or all of them
     */
    UpstreamConnectionHolder(
            String name,
            RelayProperties.Upstream spec,
            Mode mode,
            TransportSource transports,
            ObjectNode clientCapabilities,
            Listener listener) {
        this.name = name;
        this.transports = transports;
        this.connector = new UpstreamConnector(name, spec, mode, transports, clientCapabilities);
        this.listener = listener;
        this.status = UpstreamStatus.initial();
    }

    /** Returns the current state. Never blocks. */
    UpstreamStatus status() {
        return status;
    }

    /**
     * Returns the open connection. If none is open, opens one and waits for it.
     *
     * @param patience the maximum wait in total
     * @param untilAttempt the maximum wait for the next connection attempt; if it is due later, the
     *     call fails at once
     * @throws UpstreamException if there is no connection by then
     */
    UpstreamConnection acquire(Duration patience, Duration untilAttempt)
            throws InterruptedException {
        return acquire(patience, untilAttempt, connector::prioritize);
    }

    /** Connects like {@link #acquire}, but not before other upstreams, and without a timeout. */
    void keepConnected() throws InterruptedException {
        acquire(FOREVER, Duration.ZERO, NOTHING);
    }

    private UpstreamConnection acquire(Duration patience, Duration untilAttempt, Runnable waits)
            throws InterruptedException {
        long start = System.nanoTime();
        lock.lockInterruptibly();
        try {
            lastUsedNanos = start;
            while (true) {
                UpstreamConnection open = status.open();
                Absence absence = status.phase() == Phase.CONNECTING ? null : transports.absence();
                if (open != null && absence == null) {
                    return open;
                }
                waits.run();
                long now = System.nanoTime();
                long wait = patience.toNanos() - (now - start);
                if (status.phase() == Phase.CLOSED) {
                    throw absence == null
                            ? new UpstreamException("Upstream '%s' is closed".formatted(name))
                            : new AbsentUpstreamException(name, absence);
                }
                if (absence != null) {
                    wait = Math.min(wait, absence.patience().toNanos() - (now - start));
                    if (wait <= 0 || untilAttempt.isZero()) {
                        throw new AbsentUpstreamException(name, absence);
                    }
                } else if (status.phase() == Phase.DOWN) {
                    long due = Math.max(0, status.nextAttemptNanos() - now);
                    if (due == 0) {
                        startConnecting();
                    } else if (now + due - start > untilAttempt.toNanos()) {
                        throw new UpstreamException(status.whyDown(name, now));
                    } else {
                        wait = Math.min(wait, due);
                    }
                }
                if (wait <= 0) {
                    throw new UpstreamException(
                            "Upstream '%s' is not connected after %s"
                                    .formatted(name, DurationText.of(patience)));
                }
                assert SharedThread.mayBlock("for an upstream");
                changed.awaitNanos(wait);
            }
        } finally {
            lock.unlock();
        }
    }

    private void startConnecting() {
        become(status.with(Phase.CONNECTING, null, status.trouble()));
        connecting = Thread.ofVirtual().name("upstream-connect-" + name).start(this::connect);
    }

    /** Sets the status; nothing else does. The lock is held. */
    private void become(UpstreamStatus next) {
        status = next;
        changed.signalAll();
    }

    private void connect() {
        Attempt attempt = connector.connect(new Watch());
        UpstreamConnection made = attempt instanceof Made(var connection) ? connection : null;
        boolean closed;
        boolean up = false;
        Runnable report = NOTHING;
        lock.lock();
        try {
            connecting = null;
            closed = status.phase() == Phase.CLOSED;
            if (!closed) {
                report = ended(attempt);
                up = status.phase() == Phase.UP;
            }
        } finally {
            lock.unlock();
        }
        report.run();
        if (closed && made != null) {
            made.client().close("the upstream was closed while it was being connected");
        } else if (up && made != null) {
            log.info("Upstream '{}' is up, protocol {}", name, made.version().wireName());
            listener.connected(made);
        }
    }

    /** Records the outcome of an attempt. Returns what logs it. The lock is held. */
    private Runnable ended(Attempt attempt) {
        return switch (attempt) {
            case Failed(var reason) -> failed(reason);
            case Made(var made) -> {
                connector.recordConnected(made);
                become(status.connected(made));
                yield status.isUp() ? NOTHING : failed("it ended right after the handshake");
            }
        };
    }

    /** Records a failed attempt and returns the action that logs it. The lock is held. */
    private Runnable failed(String reason) {
        long delay = connector.recordFailed();
        boolean known = reason.equals(status.trouble()) && status.failures() > 0;
        become(status.down(reason, status.failures() + 1, delay));
        return report(
                known ? Level.DEBUG : Level.WARN,
                reason,
                "next attempt in " + DurationText.ofMillis(delay));
    }

    /** Returns what logs that the upstream is down. */
    private Runnable report(Level level, String reason, String attempt) {
        String next = transports.absence() == null ? attempt : "it has to connect again";
        String why = UpstreamStatus.withoutName(name, reason);
        return () -> log.atLevel(level).log("Upstream '{}' is down: {}; {}", name, why, next);
    }

    /** The connection has ended. Returns what logs it. The lock is held. */
    private Runnable lost(String reason) {
        if (System.nanoTime() - status.sinceNanos() < HOLDS_AFTER.toNanos()) {
            return failed(reason);
        }
        connector.recordHeld();
        become(status.down(reason, 0, 0));
        return report(Level.WARN, reason, "next attempt now");
    }

    /**
     * Blocks until the connection has ended or the timeout expires; returns true if it has ended.
     */
    boolean awaitGone(Duration timeout) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long wait = timeout.toNanos();
            while (status.phase() == Phase.CONNECTING || status.isUp()) {
                if (wait <= 0) {
                    return false;
                }
                wait = changed.awaitNanos(wait);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Blocks until the next connection attempt is due. */
    void awaitNextAttempt() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (status.phase() == Phase.DOWN) {
                long wait = status.nextAttemptNanos() - System.nanoTime();
                if (transports.absence() != null) {
                    changed.await();
                } else if (wait > 0) {
                    changed.awaitNanos(wait);
                } else {
                    return;
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Returns what a running attempt waits for, see {@link UpstreamConnector#waitsFor}. */
    @Nullable String waitsFor(Duration least) {
        return connector.waitsFor(least);
    }

    /** Returns how many probes in a row may stay without an answer. */
    int toleratedSilences() {
        return transports.toleratedSilences();
    }

    /** Returns whether a thread waits for a connection. For tests. */
    boolean hasWaiters() {
        lock.lock();
        try {
            return lock.hasWaiters(changed);
        } finally {
            lock.unlock();
        }
    }

    /** Makes the next connection attempt due now: the source has a transport again. */
    void retryNow() {
        lock.lock();
        try {
            become(status.phase() == Phase.DOWN ? status.dueNow() : status);
        } finally {
            lock.unlock();
        }
    }

    /** Closes a connection that does not respond; it counts as lost. */
    void abandon(UpstreamConnection useless, String reason) {
        Runnable report;
        lock.lock();
        try {
            if (status.connection() != useless) {
                return;
            }
            report = lost(reason);
        } finally {
            lock.unlock();
        }
        report.run();
        useless.client().close(reason);
    }

    /**
     * Closes the connection if it has no running call and was not used for this time; the next
     * {@link #acquire} connects again. Blocks until the connection is closed.
     */
    void releaseIfIdle(Duration idle) {
        endIfIdle(idle, Phase.DOWN);
    }

    /**
     * Closes the holder if it is idle, as {@link #releaseIfIdle} does; returns true if it is
     * closed.
     */
    boolean closeIfIdle(Duration idle) {
        return endIfIdle(idle, Phase.CLOSED);
    }

    private boolean endIfIdle(Duration idle, Phase next) {
        UpstreamConnection ending;
        lock.lock();
        try {
            ending = status.open();
            if (status.phase() == Phase.CONNECTING
                    || ending != null && ending.client().hasCalls()) {
                lastUsedNanos = System.nanoTime();
            }
            if (System.nanoTime() - lastUsedNanos < idle.toNanos()
                    || ending == null && next == Phase.DOWN) {
                return false;
            }
            become(status.with(next, null, status.trouble()));
        } finally {
            lock.unlock();
        }
        if (ending != null) {
            ending.client().close("it was idle");
        }
        return true;
    }

    /** Closes the holder and its connection. Blocks until the connection is closed. */
    void close() {
        UpstreamConnection ending;
        lock.lock();
        try {
            ending = status.connection();
            become(status.with(Phase.CLOSED, null, status.trouble()));
            if (connecting != null) {
                connecting.interrupt();
            }
        } finally {
            lock.unlock();
        }
        if (ending != null) {
            ending.client().close("the upstream is no longer served");
        }
    }

    private final class Watch implements UpstreamClient.Listener {

        @Override
        public void notified(String method, @Nullable ObjectNode params) {
            listener.notified(method, params);
        }

        @Override
        public void trouble(String what) {
            listener.trouble(what);
            lock.lock();
            try {
                become(status.withTrouble(what));
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void closed(String reason) {
            Runnable report = NOTHING;
            lock.lock();
            try {
                if (status.phase() == Phase.UP && !status.isUp()) {
                    report = lost(reason);
                }
            } finally {
                lock.unlock();
            }
            report.run();
            listener.closed(reason);
        }
    }
}
