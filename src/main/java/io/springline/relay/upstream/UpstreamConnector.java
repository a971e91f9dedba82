package io.springline.relay.upstream;

import io.springline.relay.client.LostException;
import io.springline.relay.client.UpstreamClient;
import io.springline.relay.client.UpstreamConnection;
import io.springline.relay.client.UpstreamException;
import io.springline.relay.client.UpstreamTransport;
import io.springline.relay.config.Era;
import io.springline.relay.config.RelayProperties;
import io.springline.relay.config.RelayProperties.Mode;
import io.springline.relay.stdio.ProcessStarts;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes the connections of one {@link UpstreamConnectionHolder}, one attempt at a time. Remembers
 * the era that the server has last answered in, and how long to wait after failed attempts. The
 * holder orders the calls; other threads may call only what says so.
 */
final class UpstreamConnector {

    private static final Logger log = LoggerFactory.getLogger(UpstreamConnector.class);

    private static final Duration FIRST_DELAY = Duration.ofMillis(500);
    private static final Duration LONGEST_DELAY = Duration.ofSeconds(30);

    /** The outcome of one attempt. */
    sealed interface Attempt {}

    /**
     * @param connection may have ended already
     */
    record Made(UpstreamConnection connection) implements Attempt {}

    record Failed(String reason) implements Attempt {}

    private final String name;
    private final RelayProperties.Upstream spec;
    private final Mode mode;
    private final TransportSource transports;
    private final ObjectNode clientCapabilities;
    private final ExponentialBackOff backOff;
    private BackOffExecution delays;
    private Era era;
    private volatile boolean awaited;
    private volatile @Nullable Progress progress;

    /** Where a running attempt is, and since when, by {@link System#nanoTime}. */
    private record Progress(String what, long sinceNanos) {}

    /**
     * @param mode whether one client session uses the connections, or all of them
     */
    UpstreamConnector(
            String name,
            RelayProperties.Upstream spec,
            Mode mode,
            TransportSource transports,
            ObjectNode clientCapabilities) {
        this.name = name;
        this.spec = spec;
        this.mode = mode;
        this.transports = transports;
        this.clientCapabilities = clientCapabilities;
        this.era = spec.era();
        this.backOff = new ExponentialBackOff(FIRST_DELAY.toMillis(), 2);
        backOff.setMaxInterval(LONGEST_DELAY.toMillis());
        backOff.setJitter(FIRST_DELAY.toMillis() / 2);
        this.delays = backOff.start();
    }

    /**
     * Starts a transport and makes the handshake. Blocks until the transport may start, and then
     * for at most the connect timeout of each era that is tried.
     */
    Attempt connect(UpstreamClient.Listener listener) {
        ProcessStarts starts = transports.starts();
        try {
            if (starts == null) {
                return new Made(open(listener));
            }
            begin("waits until other processes have started");
            try (var _ = starts.await(name, () -> awaited)) {
                return new Made(open(listener));
            }
        } catch (LostException e) {
            return new Failed(e.reason());
        } catch (IOException | UpstreamException e) {
            return new Failed(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            log.debug("Upstream '{}': connecting interrupted", name);
            return new Failed("closed");
        } catch (RuntimeException | Error e) {
            log.debug("Upstream '{}': connecting failed", name, e);
            return new Failed(e.toString());
        } finally {
            awaited = false;
            progress = null;
        }
    }

    /** Gives this or the next attempt precedence, because a caller waits for it. By any thread. */
    void prioritize() {
        awaited = true;
    }

    /**
     * Returns what a running attempt waits for, if it has waited for at least this time, or else
     * null. May be called by any thread.
     */
    @Nullable String waitsFor(Duration least) {
        Progress current = progress;
        long seconds =
                current == null ? 0 : (System.nanoTime() - current.sinceNanos) / 1_000_000_000;
        return current == null || seconds < least.toSeconds()
                ? null
                : "%s for %d s".formatted(current.what, seconds);
    }

    private void begin(String what) {
        progress = new Progress(what, System.nanoTime());
    }

    private UpstreamConnection open(UpstreamClient.Listener listener)
            throws IOException, InterruptedException {
        begin("no answer to the handshake");
        try {
            return open(listener, era);
        } catch (LostException e) {
            if (era != Era.AUTO) {
                throw e;
            }
            // some servers exit at an unknown first message
            return open(listener, Era.LEGACY);
        }
    }

    private UpstreamConnection open(UpstreamClient.Listener listener, Era as)
            throws IOException, InterruptedException {
        UpstreamTransport transport = transports.create();
        var client = new UpstreamClient(name, mode, transport, listener);
        return UpstreamConnection.open(
                transport, client, as, clientCapabilities, spec.connectTimeout());
    }

    /** Makes the next attempt begin with the era of this connection. */
    void recordConnected(UpstreamConnection made) {
        era = made.version().isModern() ? Era.MODERN : Era.LEGACY;
    }

    /**
     * Makes the next attempt find out the era again, unless the configuration sets it.
     *
     * @return the pause before the next attempt in milliseconds, with jitter; it doubles each time
     */
    long recordFailed() {
        if (spec.era() == Era.AUTO) {
            era = Era.AUTO;
        }
        return delays.nextBackOff();
    }

    /** Makes the pauses short again, because a connection has held. */
    void recordHeld() {
        delays = backOff.start();
    }
}
