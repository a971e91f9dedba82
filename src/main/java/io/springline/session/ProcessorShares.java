package io.springline.session;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The {@link ProcessorShare} of each client on this node: of each principal, all its connections
 * together, or of each address whose clients are anonymous. Safe for use by many threads.
 */
public final class ProcessorShares {

    /** A client that was not seen while this many others connected gets a new share. */
    static final int MAX_CLIENTS = 10_000;

    /** Clients that {@link #heldBack} names at most. */
    private static final int MAX_NAMED = 20;

    private static final long SECOND = 1_000_000_000L;

    /** How long a client counts as active after its last message. */
    static final long ACTIVE_NANOS = 10 * SECOND;

    private final int processors;
    private final int limitBesideOthers;
    private final LongSupplier nanoTime;
    private final Map<String, ProcessorShare> byClient =
            new LinkedHashMap<>(16, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<String, ProcessorShare> eldest) {
                    return size() > MAX_CLIENTS;
                }
            };

    private volatile @Nullable ProcessorShare lastActive;
    private volatile boolean contended;
    private volatile long contendedUntilNanos;

    /**
     * @param processors how many pieces of work of one client may run at a time, at least 1
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

    /** Shares that hold nobody back. */
    static ProcessorShares unlimited() {
        return new ProcessorShares(Integer.MAX_VALUE, Integer.MAX_VALUE);
    }

    /**
     * @param address of the client, as limits count it
     */
    public ProcessorShare of(Caller caller, String address) {
        boolean nobody = caller.isAnonymous() || caller.isUnidentified();
        String client = nobody ? caller.name() + " at " + address : caller.name();
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

    /** Returns how many clients' work waited for its turn in the last ten seconds. */
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

    /** Records that {@code share} has work, and returns how much of it may run at a time. */
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
