package io.springline.auth.token;

import io.springline.session.Backplane;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * The tokens of one kind that operators have revoked. A revocation is sent to all replicas and kept
 * in the store, through the {@link Backplane}. A replica that missed it, or that starts later,
 * reads it from there. A single node without a store keeps revocations in memory only. A new token
 * under the name of a revoked one is not revoked. Thread-safe.
 */
public final class Revocations implements SmartLifecycle {

    /** Starts after the node has joined the cluster, and before the web server. */
    private static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 2560;

    private static final Logger log = LoggerFactory.getLogger(Revocations.class);
    private static final long START_NANOS = 5_000_000_000L;
    private static final long START_PAUSE_MILLIS = 200;

    /** The {@linkplain #fingerprint fingerprints} of revoked tokens. */
    private final Set<String> revoked = ConcurrentHashMap.newKeySet();

    private final String kind;
    private final Supplier<Map<String, String>> digests;
    private final Consumer<String> listener;
    private final Backplane backplane;
    private volatile boolean running;

    /**
     * @param kind distinguishes the tokens from others
     * @param digests returns the digests of the tokens of this replica, by their names
     * @param listener called once for each revoked token; must not block
     */
    public Revocations(
            String kind,
            Supplier<Map<String, String>> digests,
            Consumer<String> listener,
            Backplane backplane) {
        this.kind = kind;
        this.digests = digests;
        this.listener = listener;
        this.backplane = backplane;
        backplane.answer(kind + ".revoke", name -> Boolean.toString(markRevoked(name)));
    }

    public boolean contains(String name) {
        String fingerprint = fingerprint(name);
        return fingerprint != null && revoked.contains(fingerprint);
    }

    /**
     * Returns the name and part of a hash of the digest, so that a new token has another one. Null
     * if this replica has no token of this name.
     */
    private @Nullable String fingerprint(String name) {
        String digest = digests.get().get(name);
        return digest == null ? null : name + ' ' + TokenHash.of(digest).substring(0, 16);
    }

    /**
     * Revokes a token on all replicas. Blocks for a few seconds at most; replicas that do not
     * respond in time follow with their next {@link #sync}. Returns false if no replica has a token
     * of this name.
     */
    public boolean revoke(String name) throws InterruptedException {
        boolean known = backplane.ask(kind + ".revoke", name).contains("true");
        sync();
        return known;
    }

    private boolean markRevoked(String name) {
        String fingerprint = fingerprint(name);
        if (fingerprint != null && revoked.add(fingerprint)) {
            listener.accept(name);
        }
        return fingerprint != null;
    }

    /**
     * Applies the revocations in the store: blocks until the store answers, for a few seconds at
     * most, so that no revoked token is accepted. Logs if it does not answer.
     */
    @Override
    public void start() {
        running = true;
        try {
            long until = System.nanoTime() + START_NANOS;
            boolean done = digests.get().isEmpty() || sync();
            while (!done && System.nanoTime() - until < 0) {
                Thread.sleep(START_PAUSE_MILLIS);
                done = sync();
            }
            if (!done) {
                log.warn(
                        "Redis does not answer: {} that were revoked are accepted until it does",
                        kind);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void stop() {
        running = false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }

    /**
     * Applies the revocations in the store on this replica, and adds those that are missing there.
     * Blocks for a few seconds at most. Returns false if the store is unreachable.
     */
    public boolean sync() throws InterruptedException {
        Set<String> stored = backplane.remembered(kind + ".revoked");
        if (stored == null) {
            return false;
        }
        for (String each : revoked) {
            if (!stored.contains(each)) {
                backplane.remember(kind + ".revoked", each);
            }
        }
        for (String name : digests.get().keySet()) {
            String fingerprint = fingerprint(name);
            if (fingerprint != null && stored.contains(fingerprint)) {
                markRevoked(name);
            }
        }
        return true;
    }
}
