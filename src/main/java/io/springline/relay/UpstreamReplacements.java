package io.springline.relay;

import io.springline.relay.upstream.Upstream;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/**
 * Upstreams that take the place of others, whose entries were changed, when they have connected.
 * Thread-safe.
 */
final class UpstreamReplacements {

    /** The maximum time for which the old upstream serves while the new one is not connected. */
    private static final Duration AT_LATEST = Duration.ofMinutes(1);

    private final Map<Upstream, Upstream> oldByNew = new ConcurrentHashMap<>();
    private final BiConsumer<Upstream, Upstream> replace;

    /**
     * @param replace puts the second upstream in the place of the first one
     */
    UpstreamReplacements(BiConsumer<Upstream, Upstream> replace) {
        this.replace = replace;
    }

    /**
     * Plans to replace an upstream. If that upstream was itself waiting to replace another one, it
     * is closed, and the other one is replaced by the new upstream.
     */
    void plan(Upstream old, Upstream upstream) {
        Upstream serving = oldByNew.remove(old);
        if (serving != null) {
            old.closeWhenIdle();
        }
        oldByNew.put(upstream, serving == null ? old : serving);
    }

    /** Puts an upstream in its place, if it is not there yet. */
    void takePlace(Upstream upstream) {
        Upstream old = oldByNew.remove(upstream);
        if (old != null) {
            replace.accept(old, upstream);
        }
    }

    /** Puts an upstream in its place as soon as it has lists, or differs by caller. */
    void takePlaceIfUp(Upstream upstream) {
        if (upstream.hasLists() || upstream.credentials().isPerCaller()) {
            takePlace(upstream);
        }
    }

    /** Puts an upstream in its place after a time in which it did not connect. */
    void takePlaceLater(Upstream upstream) {
        if (oldByNew.containsKey(upstream)) {
            CompletableFuture.delayedExecutor(AT_LATEST.toMillis(), TimeUnit.MILLISECONDS)
                    .execute(() -> takePlace(upstream));
        }
    }

    /** Returns the upstreams that still serve in the place of others. */
    Collection<Upstream> serving() {
        return oldByNew.values();
    }
}
