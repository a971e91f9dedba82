package io.springline.cluster;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether this node and Redis see each other, and which other nodes Redis has heard of lately.
 *
 * <pre>
 * JOINING ──answers──▶ SETTLING ──a second──▶ JOINED
 *    │                    ▲ │                   │
 *    │            answers │ │                   │
 *    └──fails──▶ AWAY ────┘◀┴── silent for longer than the patience
 * </pre>
 *
 * While settling, the node claims nothing: Redis may have lost what other nodes have yet to tell it
 * again.
 */
final class ClusterMembership implements AutoCloseable {

    enum State {
        /** Since the start Redis has neither answered nor failed. */
        JOINING,
        AWAY,
        SETTLING,
        JOINED
    }

    private static final Logger log = LoggerFactory.getLogger(ClusterMembership.class);

    /** How often Redis is asked, at least. */
    private static final Duration BEAT = Duration.ofMillis(500);

    /** Long enough for each node to have noticed and told its sessions again. */
    private static final Duration SETTLING = BEAT.multipliedBy(2);

    /** How long Redis remembers this node, far longer than this node may be held up. */
    private static final Duration MEMORY = Duration.ofHours(1);

    /** So many other nodes are watched. */
    private static final int WATCHED = 1_000;

    private final ClusterRuntime runtime;
    private final Redis redis;
    private final Keys keys;
    private final String node;
    private final Duration lease;
    private final Duration patience;
    private final Map<String, Boolean> others = new ConcurrentHashMap<>();
    private final AtomicLong interruptions = new AtomicLong();
    private volatile State state = State.JOINING;
    private volatile long sinceNanos;
    private volatile boolean closed;
    private volatile @Nullable Events events;
    private @Nullable Thread beating;

    ClusterMembership(
            Redis redis,
            Keys keys,
            String node,
            ClusterProperties properties,
            ClusterRuntime runtime) {
        this.runtime = runtime;
        this.sinceNanos = runtime.nanoTime();
        this.redis = redis;
        this.keys = keys;
        this.node = node;
        this.lease = properties.nodeLease();
        this.patience = properties.patience();
    }

    /** Called by the thread that notices. */
    public interface Events {

        /** Opens the connections to Redis; throws while that is away. */
        void connect();

        void away();

        /** Redis is back; the node does not count as joined yet. */
        void back();
    }

    void start(Events all) {
        events = all;
        beating =
                Thread.ofVirtual()
                        .name("cluster-presence")
                        .start(() -> {
                            while (!closed) {
                                beat(all);
                            }
                        });
    }

    private void beat(Events all) {
        try {
            look(all);
            Thread.sleep(BEAT);
        } catch (InterruptedException e) {
            // asked to end
        }
    }

    /** Asks Redis once; blocks until it has answered, or its patience is over. */
    void look(Events all) throws InterruptedException {
        try {
            if (!redis.isConnected()) {
                all.connect();
            }
            long before = interruptions();
            Map<String, Boolean> seen = new HashMap<>();
            for (String other : others.keySet()) {
                seen.put(other, await(redis.exists(keys.node(other))) > 0);
            }
            await(redis.keep(keys.node(node), lease.toMillis()));
            await(redis.keep(keys.memory(node), MEMORY.toMillis()).thenAccept(this::checkMemory));
            await(redis.enlist(keys.nodes(), node, System.currentTimeMillis(), lease.toMillis()));
            if (before == interruptions()) { // else Redis may have lost the others, too
                others.putAll(seen);
            }
            if (become(State.JOINING, State.SETTLING) || become(State.AWAY, State.SETTLING)) {
                log.atInfo().addKeyValue("node", node).log("Redis is connected");
                all.back();
            } else if (age().compareTo(SETTLING) >= 0) {
                become(State.SETTLING, State.JOINED);
            }
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            away(reason(e));
        }
    }

    /**
     * Redis that does not know this node any more was restarted, and has lost everything. Called by
     * the thread that receives its answers, so that no later answer is seen before.
     */
    private void checkMemory(boolean known) {
        if (!known && !isAway()) {
            away("it does not know this node any more: was it restarted?");
        }
    }

    /**
     * Blocks until it is known whether Redis has lost what it held; false if it has, or had since
     * there were so many interruptions: then it does not know yet all sessions of other nodes.
     */
    boolean holdsEverythingSince(long interruptionsBefore)
            throws InterruptedException, ExecutionException, TimeoutException {
        await(redis.exists(keys.memory(node)).thenAccept(count -> checkMemory(count > 0)));
        return interruptions() == interruptionsBefore;
    }

    /** How many nodes there are, this one included; those that died are counted for a lease. */
    int nodes() throws Exception {
        return isAway()
                ? 1
                : Math.toIntExact(await(redis.enlisted(keys.nodes(), System.currentTimeMillis())));
    }

    private <T> T await(CompletionStage<T> answer)
            throws InterruptedException, ExecutionException, TimeoutException {
        return runtime.await(answer, patience);
    }

    /** Redis did not answer. */
    void away(String why) {
        if (become(State.JOINING, State.AWAY)) {
            log.atWarn()
                    .addKeyValue("why", why)
                    .log(
                            "Redis cannot be reached; until it can, sessions live in this process only");
        } else if (become(State.SETTLING, State.AWAY) || become(State.JOINED, State.AWAY)) {
            log.atWarn().addKeyValue("node", node).addKeyValue("why", why).log("Redis is away");
            Events all = events;
            if (all != null) {
                all.away();
            }
        }
    }

    /** Returns the innermost cause in words; those around it name classes of the Redis client. */
    private String reason(Exception thrown) {
        Throwable cause = thrown;
        while (cause.getCause() != null && cause.getCause() != cause) {
            cause = cause.getCause();
        }
        if (cause instanceof TimeoutException) {
            return "no answer within %d ms".formatted(patience.toMillis());
        }
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }

    /** Changes the state, unless it is another by now: Redis may be lost while it answers. */
    private synchronized boolean become(State from, State to) {
        if (state != from) {
            return false;
        }
        state = to;
        if (to == State.AWAY && from != State.JOINING) {
            interruptions.incrementAndGet();
        }
        sinceNanos = runtime.nanoTime();
        return true;
    }

    private synchronized Duration age() {
        return Duration.ofNanos(runtime.nanoTime() - sinceNanos);
    }

    /** What this node is called by. */
    String node() {
        return node;
    }

    State state() {
        return state;
    }

    /** Returns true while Redis cannot be used, also before it was reached for the first time. */
    boolean isAway() {
        State now = state;
        return now == State.AWAY || now == State.JOINING;
    }

    /** How often Redis went away so far. */
    long interruptions() {
        return interruptions.get();
    }

    Duration patience() {
        return patience;
    }

    /**
     * False only when Redis has been there for longer than a lease, and not heard of this node for
     * longer than that.
     */
    boolean isAlive(String other) {
        if (other.equals(node)) {
            return true;
        }
        if (others.size() > WATCHED) {
            others.clear();
        }
        boolean seen = others.computeIfAbsent(other, _ -> true);
        return seen || state != State.JOINED || age().compareTo(lease) < 0;
    }

    /** Tells the other nodes that this one runs nothing any more. */
    @Override
    public void close() {
        closed = true;
        if (beating != null) {
            beating.interrupt();
        }
        if (!isAway()) {
            try {
                await(redis.delete(keys.node(node)));
                await(redis.delete(keys.memory(node)));
                await(redis.delist(keys.nodes(), node));
            } catch (Exception e) {
                log.debug("not told that this node is gone: {}", e.toString());
            }
        }
    }
}
