package io.springline.relay;

import io.springline.relay.RelayProperties.Mode;
import io.springline.relay.UpstreamConnection.Era;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;
import tools.jackson.databind.node.ObjectNode;

/**
 * Holds one connection to an upstream and makes a new one when it is needed and the last is gone.
 *
 * <pre>
 * DOWN ──acquire──▶ CONNECTING ──▶ UP ──lost──▶ DOWN          close: CLOSED, for good
 *   ▲                   │
 *   └────back-off───────┘    doubling, with jitter, until a connection holds
 * </pre>
 *
 * Connecting has a thread of its own: callers wait for it as long as they like, and the {@linkplain
 * #status status} can be read at any time without a lock. No outward call is made under the lock.
 */
final class UpstreamSlot {

    private static final Logger log = LoggerFactory.getLogger(UpstreamSlot.class);
    private static final Duration FIRST_DELAY = Duration.ofMillis(500);
    private static final Duration LONGEST_DELAY = Duration.ofSeconds(30);
    private static final Duration HOLDS_AFTER = Duration.ofSeconds(10);

    enum Phase {
        DOWN,
        CONNECTING,
        UP,
        CLOSED
    }

    /**
     * The state at one moment.
     *
     * @param connection in phase {@code UP}; may have ended by now
     * @param trouble why it is down, or was last; null if it never was
     * @param connects connections made so far
     * @param failures attempts and short connections in a row that came to nothing
     * @param sinceNanos when the phase began
     * @param nextAttemptNanos before that no attempt to connect begins
     */
    record Status(
            Phase phase,
            @Nullable UpstreamConnection connection,
            @Nullable String trouble,
            int connects,
            int failures,
            long sinceNanos,
            long nextAttemptNanos) {

        /** The connection, unless it has ended. */
        @Nullable UpstreamConnection open() {
            return connection != null && connection.client().isOpen() ? connection : null;
        }

        boolean isUp() {
            return open() != null;
        }

        private Status with(Phase next, @Nullable UpstreamConnection made, @Nullable String why) {
            return new Status(
                    next, made, why, connects, failures, System.nanoTime(), nextAttemptNanos);
        }

        private Status withTrouble(String why) {
            return new Status(
                    phase, connection, why, connects, failures, sinceNanos, nextAttemptNanos);
        }

        private Status connected(UpstreamConnection made) {
            return new Status(
                    Phase.UP,
                    made,
                    trouble,
                    connects + 1,
                    failures,
                    System.nanoTime(),
                    nextAttemptNanos);
        }

        private Status down(String why, int failures, long delayMillis) {
            long now = System.nanoTime();
            return new Status(
                    Phase.DOWN, null, why, connects, failures, now, now + delayMillis * 1_000_000);
        }
    }

    /** Makes the transport of one connection. */
    @FunctionalInterface
    interface TransportFactory {
        UpstreamTransport create();
    }

    /** Told of connections, besides what concerns no request. */
    interface Listener extends UpstreamClient.Listener {

        /** A connection was made. Called on the thread that made it; must not block. */
        void connected(UpstreamConnection connection);
    }

    private final String name;
    private final RelayProperties.Upstream spec;
    private final Mode mode;
    private final TransportFactory transports;
    private final ObjectNode clientCapabilities;
    private final Listener listener;
    private final ExponentialBackOff backOff;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private volatile Status status;
    private volatile long lastUsedNanos = System.nanoTime();
    private BackOffExecution delays;
    private @Nullable Thread connector;
    private @Nullable UpstreamConnection released;
    private Era era;

    /**
     * @param mode whether one client session or many use it
     */
    UpstreamSlot(
            String name,
            RelayProperties.Upstream spec,
            Mode mode,
            TransportFactory transports,
            ObjectNode clientCapabilities,
            Listener listener) {
        this.name = name;
        this.spec = spec;
        this.mode = mode;
        this.transports = transports;
        this.clientCapabilities = clientCapabilities;
        this.listener = listener;
        this.era = spec.era();
        this.backOff = new ExponentialBackOff(FIRST_DELAY.toMillis(), 2);
        backOff.setMaxInterval(LONGEST_DELAY.toMillis());
        backOff.setJitter(FIRST_DELAY.toMillis() / 2);
        this.delays = backOff.start();
        long now = System.nanoTime();
        this.status = new Status(Phase.DOWN, null, null, 0, 0, now, now);
    }

    /** The state now. Never blocks. */
    Status status() {
        return status;
    }

    /**
     * Returns the connection; makes one if there is none.
     *
     * @param patience longest wait for all of it
     * @param untilAttempt longest wait for the next attempt to begin: if that is due later, this
     *     fails at once
     * @throws UpstreamException if there is none by then
     */
    UpstreamConnection acquire(Duration patience, Duration untilAttempt)
            throws InterruptedException {
        long start = System.nanoTime();
        lock.lockInterruptibly();
        try {
            lastUsedNanos = start;
            while (true) {
                UpstreamConnection open = status.open();
                if (open != null) {
                    return open;
                }
                long now = System.nanoTime();
                long wait = patience.toNanos() - (now - start);
                if (status.phase() == Phase.CLOSED) {
                    throw new UpstreamException("Upstream '%s' is closed".formatted(name));
                }
                if (status.phase() == Phase.DOWN) {
                    long due = Math.max(0, status.nextAttemptNanos() - now);
                    if (due == 0) {
                        startConnecting();
                    } else if (now + due - start > untilAttempt.toNanos()) {
                        throw new UpstreamException(
                                "Upstream '%s' is down (%s); the next attempt is in %d ms"
                                        .formatted(name, status.trouble(), due / 1_000_000));
                    } else {
                        wait = Math.min(wait, due);
                    }
                }
                if (wait <= 0) {
                    throw new UpstreamException(
                            "Upstream '%s' is not connected after %d ms"
                                    .formatted(name, patience.toMillis()));
                }
                changed.awaitNanos(wait);
            }
        } finally {
            lock.unlock();
        }
    }

    private void startConnecting() {
        become(status.with(Phase.CONNECTING, null, status.trouble()));
        connector = Thread.ofVirtual().name("upstream-connect-" + name).start(this::connect);
    }

    /** The only place that changes the status. The lock is held. */
    private void become(Status next) {
        status = next;
        changed.signalAll();
    }

    private void connect() {
        UpstreamConnection made = null;
        String reason = "closed";
        try {
            made = open();
        } catch (IOException | UpstreamException | LostException e) {
            reason = String.valueOf(e.getMessage());
        } catch (InterruptedException e) {
            log.debug("Upstream '{}': no longer connected to", name);
        } catch (RuntimeException | Error e) {
            reason = e.toString();
            log.debug("Upstream '{}': connecting failed", name, e);
        }
        boolean closed;
        lock.lock();
        try {
            connector = null;
            closed = status.phase() == Phase.CLOSED;
            if (!closed && made != null) {
                era = made.version().isModern() ? Era.MODERN : Era.LEGACY;
                log.info("Upstream '{}' is up, protocol {}", name, made.version().wireName());
                become(status.connected(made));
                if (!made.client().isOpen()) {
                    lost("it ended", false);
                }
            } else if (!closed) {
                failed(reason);
            }
        } finally {
            lock.unlock();
        }
        if (closed && made != null) {
            made.client().close();
        } else if (made != null) {
            listener.connected(made);
        }
    }

    private UpstreamConnection open() throws IOException, InterruptedException {
        try {
            return open(era);
        } catch (LostException e) {
            if (era != Era.AUTO) {
                throw e;
            }
            // Some servers end at a first message that they do not know.
            return open(Era.LEGACY);
        }
    }

    private UpstreamConnection open(Era as) throws IOException, InterruptedException {
        UpstreamTransport transport = transports.create();
        var client = new UpstreamClient(name, mode, transport, new Watch());
        return UpstreamConnection.open(
                transport, client, as, clientCapabilities, spec.connectTimeout());
    }

    /** The lock is held. */
    private void failed(String reason) {
        long delay = delays.nextBackOff();
        String text = "Upstream '{}' is down: {}; next attempt in {} ms";
        if (reason.equals(status.trouble()) && status.failures() > 0) {
            log.debug(text, name, reason, delay);
        } else {
            log.warn(text, name, reason, delay);
        }
        if (spec.era() == Era.AUTO) {
            era = Era.AUTO;
        }
        become(status.down(reason, status.failures() + 1, delay));
    }

    /** The connection has ended. The lock is held. */
    private void lost(String reason, boolean released) {
        long held = System.nanoTime() - status.sinceNanos();
        if (released) {
            log.debug("Upstream '{}': the connection is closed until it is needed", name);
            become(status.down(reason, 0, 0));
        } else if (held < HOLDS_AFTER.toNanos()) {
            failed(reason);
        } else {
            log.warn("Upstream '{}' is down: {}; next attempt now", name, reason);
            delays = backOff.start();
            become(status.down(reason, 0, 0));
        }
    }

    /** Blocks until the connection is gone, and then until the next attempt is due. */
    void awaitNextAttempt() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (status.phase() == Phase.UP || status.phase() == Phase.CONNECTING) {
                changed.await();
            }
            long wait = status.nextAttemptNanos() - System.nanoTime();
            while (status.phase() == Phase.DOWN && wait > 0) {
                wait = changed.awaitNanos(wait);
            }
        } finally {
            lock.unlock();
        }
    }

    long idleNanos() {
        return System.nanoTime() - lastUsedNanos;
    }

    /** Ends the connection; the next {@link #acquire} makes a new one. Blocks for a moment. */
    void release() {
        UpstreamConnection ending = null;
        lock.lock();
        try {
            ending = status.open();
            if (ending != null) {
                released = ending;
            }
        } finally {
            lock.unlock();
        }
        if (ending != null) {
            ending.client().close();
        }
    }

    /** For good. Blocks until the connection is closed. */
    void close() {
        UpstreamConnection ending;
        lock.lock();
        try {
            ending = status.open();
            become(status.with(Phase.CLOSED, null, status.trouble()));
            if (connector != null) {
                connector.interrupt();
            }
        } finally {
            lock.unlock();
        }
        if (ending != null) {
            ending.client().close();
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
            lock.lock();
            try {
                if (status.phase() == Phase.UP && !status.isUp()) {
                    lost(reason, released == status.connection());
                }
            } finally {
                lock.unlock();
            }
            listener.closed(reason);
        }
    }
}
