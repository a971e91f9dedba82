package io.springline.relay;

import io.springline.relay.RelayProperties.Mode;
import io.springline.relay.UpstreamConnection.Era;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Holds one connection to an upstream and makes a new one when it is needed and the last is gone.
 *
 * <pre>
 * DOWN ──acquire──▶ CONNECTING ──▶ UP ──lost──▶ DOWN
 *   ▲                   │
 *   └────back-off───────┘    doubling, with jitter, until a connection holds
 * </pre>
 */
final class UpstreamSlot {

    private static final Logger log = LoggerFactory.getLogger(UpstreamSlot.class);
    private static final Duration FIRST_DELAY = Duration.ofMillis(500);
    private static final Duration LONGEST_DELAY = Duration.ofSeconds(30);
    private static final Duration HOLDS_AFTER = Duration.ofSeconds(10);

    /** Makes the transport of one connection. */
    @FunctionalInterface
    interface TransportFactory {
        UpstreamTransport create();
    }

    private final String name;
    private final RelayProperties.Upstream spec;
    private final Mode mode;
    private final TransportFactory transports;
    private final ObjectNode clientCapabilities;
    private final UpstreamClient.Listener listener;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition down = lock.newCondition();
    private @Nullable UpstreamConnection connection;
    private Era era;
    private boolean closed;
    private int failures;
    private int connects;
    private long connectedAtNanos;
    private long nextAttemptNanos = System.nanoTime();
    private volatile long lastUsedNanos = System.nanoTime();
    private @Nullable String trouble;

    /**
     * @param mode whether one client session or many use it
     */
    UpstreamSlot(
            String name,
            RelayProperties.Upstream spec,
            Mode mode,
            TransportFactory transports,
            ObjectNode clientCapabilities,
            UpstreamClient.Listener listener) {
        this.name = name;
        this.spec = spec;
        this.mode = mode;
        this.transports = transports;
        this.clientCapabilities = clientCapabilities;
        this.listener = listener;
        this.era = spec.era();
    }

    /**
     * The connection, made now if there is none.
     *
     * @param patience how long to wait where the next attempt is not due yet
     * @throws UpstreamException when it cannot be made, or not in time
     */
    UpstreamConnection acquire(Duration patience) throws InterruptedException {
        lastUsedNanos = System.nanoTime();
        long deadline = lastUsedNanos + patience.toNanos();
        lock.lockInterruptibly();
        try {
            while (connection == null || !connection.client().isOpen()) {
                if (closed) {
                    throw new UpstreamException("Upstream '%s' is closed".formatted(name));
                }
                long now = System.nanoTime();
                long wait = nextAttemptNanos - now;
                if (wait <= 0) {
                    connection = connect();
                } else if (now + wait - deadline > 0) {
                    throw new UpstreamException(
                            "Upstream '%s' is down (%s); the next attempt is in %d ms"
                                    .formatted(name, trouble, wait / 1_000_000));
                } else {
                    down.awaitNanos(wait);
                }
            }
            return connection;
        } finally {
            lock.unlock();
        }
    }

    private UpstreamConnection connect() throws InterruptedException {
        try {
            UpstreamConnection made;
            try {
                made = open(era);
            } catch (LostException e) {
                if (era != Era.AUTO) {
                    throw e;
                }
                // Some servers end at a first message that they do not know.
                made = open(Era.LEGACY);
            }
            era = made.version().isModern() ? Era.MODERN : Era.LEGACY;
            connects++;
            connectedAtNanos = System.nanoTime();
            log.atInfo()
                    .addKeyValue("upstream", name)
                    .addKeyValue("protocol", made.version().wireName())
                    .log("upstream is up");
            return made;
        } catch (IOException | UpstreamException | LostException e) {
            String reason = String.valueOf(e.getMessage());
            failed(reason);
            throw new UpstreamException("Upstream '%s' is down: %s".formatted(name, reason));
        }
    }

    private UpstreamConnection open(Era as) throws IOException, InterruptedException {
        UpstreamTransport transport = transports.create();
        var client = new UpstreamClient(name, mode, transport, new Watch());
        return UpstreamConnection.open(
                transport, client, as, clientCapabilities, spec.connectTimeout());
    }

    private void failed(String reason) {
        trouble = reason;
        failures++;
        long ceiling =
                Math.min(
                        LONGEST_DELAY.toNanos(),
                        FIRST_DELAY.toNanos() << Math.min(failures - 1, 10));
        long delay = ThreadLocalRandom.current().nextLong(ceiling / 2, ceiling + 1);
        nextAttemptNanos = System.nanoTime() + delay;
        log.atWarn()
                .addKeyValue("upstream", name)
                .addKeyValue("reason", reason)
                .addKeyValue("retryMillis", delay / 1_000_000)
                .log("upstream is down");
        if (spec.era() == Era.AUTO) {
            era = Era.AUTO;
        }
    }

    /** Waits until the connection is gone; then until the next attempt is due. */
    void awaitNextAttempt() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!closed && connection != null && connection.client().isOpen()) {
                down.await();
            }
            long wait = nextAttemptNanos - System.nanoTime();
            while (!closed && wait > 0) {
                wait = down.awaitNanos(wait);
            }
        } finally {
            lock.unlock();
        }
    }

    boolean isUp() {
        lock.lock();
        try {
            return connection != null && connection.client().isOpen();
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    /** Null while there is none, or when it is gone. */
    @Nullable UpstreamConnection current() {
        lock.lock();
        try {
            return connection != null && connection.client().isOpen() ? connection : null;
        } finally {
            lock.unlock();
        }
    }

    @Nullable String trouble() {
        lock.lock();
        try {
            return trouble;
        } finally {
            lock.unlock();
        }
    }

    /** Connections made so far, less the first. */
    int restarts() {
        lock.lock();
        try {
            return Math.max(0, connects - 1);
        } finally {
            lock.unlock();
        }
    }

    long idleNanos() {
        return System.nanoTime() - lastUsedNanos;
    }

    /** Ends the connection; the next {@link #acquire} makes a new one. */
    void release() {
        UpstreamConnection ending = current();
        if (ending != null) {
            ending.client().close();
        }
    }

    /** For good. */
    void close() {
        lock.lock();
        try {
            closed = true;
            down.signalAll();
        } finally {
            lock.unlock();
        }
        release();
    }

    private final class Watch implements UpstreamClient.Listener {

        @Override
        public void notified(String method, @Nullable ObjectNode params) {
            listener.notified(method, params);
        }

        @Override
        public void closed(String reason) {
            // Not on this thread: it may be the one that connects and holds the lock.
            Thread.startVirtualThread(() -> lost(reason));
        }

        @Override
        public void trouble(String what) {
            listener.trouble(what);
            // Not on this thread: it may be the one that connects and holds the lock.
            Thread.startVirtualThread(() -> note(what));
        }

        private void note(String what) {
            lock.lock();
            try {
                trouble = what;
            } finally {
                lock.unlock();
            }
        }

        private void lost(String reason) {
            lock.lock();
            try {
                if (connection == null || connection.client().isOpen()) {
                    return;
                }
                connection = null;
                boolean held = System.nanoTime() - connectedAtNanos >= HOLDS_AFTER.toNanos();
                if (held || closed) {
                    failures = 0;
                    trouble = reason;
                    nextAttemptNanos = System.nanoTime();
                } else {
                    failed(reason);
                }
                down.signalAll();
            } finally {
                lock.unlock();
            }
            listener.closed(reason);
        }
    }
}
