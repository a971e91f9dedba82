package io.springline.session.limit;

import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The {@link ProcessorShare} of each client of this node. Principals have one share each over all
 * their connections; anonymous clients have one share per address. Safe for use by many threads.
 */
public final class ProcessorShares {

    /**
     * The number of shares that are kept. The share of the client that was not seen for the longest
     * time is forgotten first.
     */
    static final int MAX_CLIENTS = 10_000;

    /** The highest number of clients that {@link #heldBack} returns. */
    private static final int MAX_NAMED = 20;

    private static final long SECOND = 1_000_000_000L;

    /** The time after its last message for which a client counts as active. */
    static final long ACTIVE_NANOS = 10 * SECOND;

    private final int processors;
    private final int limitBesideOthers;
    private final LongSupplier nanoTime;
    private final Map<String, ProcessorShare> byClient = new LruMap<>(MAX_CLIENTS);

    private volatile @Nullable ProcessorShare lastActive;
    private volatile boolean contended;
    private volatile long contendedUntilNanos;

    /**
     * @param processors the number of pieces of work of one client that may run at a time, at least
     *     1
     * @param limitBesideOthers the same while another client is active, at least 1
     */
    public ProcessorShares(int processors, int limitBesideOthers) {
        this(processors, limitBesideOthers, System::nanoTime);
    }

    ProcessorShares(int processors, int limitBesideOthers, LongSupplier nanoTime) {
        this.processors = processors;
        this.nanoTime = nanoTime;
        this.limitBesideOthers = Math.min(processors, limitBesideOthers);
    }

    /** Returns shares without a limit. */
    public static ProcessorShares unlimited() {
        return new ProcessorShares(Integer.MAX_VALUE, Integer.MAX_VALUE);
    }

    /**
     * Returns the share of a client.
     *
     * @param client its {@link io.springline.session.Caller#clientAt name}
     */
    public ProcessorShare of(String client) {
        synchronized (byClient) {
            return byClient.computeIfAbsent(client, name -> new ProcessorShare(name, this));
        }
    }

    /** Returns the names of some clients whose work waited for its turn in the last ten seconds. */
    public List<String> heldBack() {
        return recentlyHeldBack().stream()
                .limit(MAX_NAMED)
                .map(ProcessorShare::client)
                .sorted()
                .toList();
    }

    /** Returns the number of clients whose work waited for its turn in the last ten seconds. */
    public int heldBackCount() {
        return recentlyHeldBack().size();
    }

    private List<ProcessorShare> recentlyHeldBack() {
        long now = now();
        synchronized (byClient) {
            return byClient.values().stream()
                    .filter(share -> share.waitedWithin(ACTIVE_NANOS, now))
                    .toList();
        }
    }

    /** Records that {@code share} has work, and returns how many pieces of it may run at a time. */
    int limitFor(ProcessorShare share) {
        ProcessorShare last = lastActive;
        if (last != share) {
            lastActive = share;
            if (last != null) {
                contendedUntilNanos = now() + ACTIVE_NANOS;
                contended = true;
            }
        } else if (contended && now() - contendedUntilNanos >= 0) {
            contended = false;
        }
        return limit();
    }

    long now() {
        return nanoTime.getAsLong();
    }

    int limit() {
        return contended ? limitBesideOthers : processors;
    }
}
