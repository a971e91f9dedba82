package io.springline.relay.upstream;

import io.springline.relay.client.UpstreamException;
import io.springline.relay.config.RelayProperties;
import io.springline.relay.config.RelayProperties.Mode;
import io.springline.relay.config.RelayProperties.Start;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one upstream connected, and closes its connections that are idle, each on a thread of its
 * own.
 */
final class UpstreamKeeper implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(UpstreamKeeper.class);

    /** The pause between two checks for idle connections. */
    static final Duration SWEEP = Duration.ofSeconds(1);

    private final String name;
    private final RelayProperties.Upstream spec;
    private final boolean perCaller;
    private final UpstreamLinks links;
    private final UpstreamLink shared;
    private final AtomicBoolean attempted = new AtomicBoolean();
    private final CompletableFuture<Void> listsRead = new CompletableFuture<>();
    private volatile boolean closed;
    private @Nullable Thread keeper;
    private @Nullable Thread sweeper;

    /**
     * @param perCaller whether the credential differs by caller; then nothing is connected before a
     *     caller needs it
     */
    UpstreamKeeper(
            String name, RelayProperties.Upstream spec, boolean perCaller, UpstreamLinks links) {
        this.name = name;
        this.spec = spec;
        this.perCaller = perCaller;
        this.links = links;
        this.shared = links.shared();
    }

    /**
     * Starts the threads.
     *
     * @param onAttempt called once, when the first attempt to read the lists has ended
     */
    void start(Runnable onAttempt) {
        Runnable work = perCaller ? () -> attempted(onAttempt) : () -> keep(onAttempt);
        keeper = Thread.ofVirtual().name("upstream-" + name).start(work);
        sweeper = Thread.ofVirtual().name("upstream-idle-" + name).start(this::sweep);
    }

    /** Returns true if the shared connection stays open when no caller uses it. */
    boolean isKeptConnected() {
        return spec.mode() == Mode.SHARED && spec.start() == Start.BOOT && !perCaller;
    }

    /** Records that the first reads of all lists have ended, or failed with the connection. */
    void listsRead() {
        listsRead.complete(null);
    }

    /** Returns true if the lists have been read at least once. */
    boolean hasLists() {
        return shared.lists().catalogue().isComplete();
    }

    /**
     * Keeps the upstream connected until it is closed. A failure in one round is logged and does
     * not end the loop.
     */
    private void keep(Runnable onAttempt) {
        try {
            while (!closed) {
                try {
                    shared.slot().keepConnected();
                    listsRead.get();
                    if (releaseIfUnneeded()) {
                        return;
                    }
                } catch (UpstreamException | ExecutionException e) {
                    log.debug("Upstream '{}': {}", name, e.getMessage());
                } catch (RuntimeException | Error e) {
                    log.error(
                            "Upstream '{}': connecting failed because of a fault in Springline; trying again",
                            name,
                            e);
                    Thread.sleep(SWEEP);
                }
                attempted(onAttempt);
                while (!shared.slot().awaitGone(spec.probeInterval())) {
                    if (releaseIfUnneeded()) {
                        return;
                    }
                    shared.probe().request();
                }
                shared.slot().awaitNextAttempt();
            }
        } catch (InterruptedException e) {
            log.debug("Upstream '{}': reconnecting stopped", name);
        } finally {
            attempted(onAttempt);
        }
    }

    /**
     * Closes the connection if it was only needed for the lists, and all have been read. Returns
     * false if the upstream must stay connected or be connected again.
     */
    private boolean releaseIfUnneeded() {
        if (isKeptConnected() || !hasLists() || !shared.lists().catalogue().troubles().isEmpty()) {
            return false;
        }
        shared.slot().releaseIfIdle(Duration.ZERO);
        return true;
    }

    private void attempted(Runnable onAttempt) {
        if (attempted.compareAndSet(false, true)) {
            onAttempt.run();
        }
    }

    /** Closes idle connections, once per second. */
    private void sweep() {
        try {
            while (!closed) {
                Thread.sleep(SWEEP);
                try {
                    links.sessions().endIdle();
                    links.callers().endIdle();
                    if (!isKeptConnected() && listsRead.isDone()) {
                        shared.slot().releaseIfIdle(spec.idleTimeout());
                    }
                } catch (RuntimeException | Error e) {
                    log.error("Upstream '{}': idle connections could not be ended", name, e);
                }
            }
        } catch (InterruptedException e) {
            log.debug("Upstream '{}': idle check stopped", name);
        }
    }

    @Override
    public void close() {
        closed = true;
        if (keeper != null) {
            keeper.interrupt();
        }
        if (sweeper != null) {
            sweeper.interrupt();
        }
    }
}
