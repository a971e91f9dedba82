package io.springline.cluster.node;

import io.springline.cluster.redis.Keys;
import io.springline.cluster.redis.Redis;
import io.springline.jsonrpc.DurationText;
import java.net.ConnectException;
import java.net.UnknownHostException;
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
 * This node's connection to Redis, and the nodes that Redis has seen lately.
 *
 * <pre>
 * JOINING ──answers──▶ SETTLING ──a second──▶ JOINED
 *    │                    ▲ │                   │
 *    │            answers │ │                   │
 *    └──fails──▶ AWAY ────┘◀┴── silent for longer than the patience
 * </pre>
 *
 * In SETTLING the node claims no session, since Redis may have lost sessions that other nodes have
 * yet to write again. Thread-safe.
 */
public final class ClusterMembership implements AutoCloseable {

    public enum State {
        /** Since the start, Redis has neither answered nor failed. */
        JOINING,
        AWAY,
        SETTLING,
        JOINED
    }

    private static final Logger log = LoggerFactory.getLogger(ClusterMembership.class);

    /** The interval between two requests to Redis. */
    private static final Duration BEAT = Duration.ofMillis(500);

    /**
     * The time in SETTLING, in which each node notices that Redis is back and writes its sessions
     * again.
     */
    private static final Duration SETTLING = BEAT.multipliedBy(2);

    /**
     * The time for which Redis remembers this node. It is far longer than this node may be
     * suspended.
     */
    private static final Duration MEMORY = Duration.ofHours(1);

    /** The highest number of other nodes that are watched. */
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

    public ClusterMembership(
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

    /** Receives changes of the connection, on the thread that detects them. */
    public interface Events {

        /** Opens the connections to Redis. Throws if Redis cannot be reached. */
        void connect();

        void away();

        /** Redis answers again. The node has not joined yet. */
        void back();
    }

    public void start(Events all) {
        events = all;
        beating =
                Thread.ofVirtual()
                        .name("cluster-membership")
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

    /** Asks Redis once. Blocks until it has answered or the patience is over. */
    public void look(Events all) throws InterruptedException {
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
            if (before == interruptions()) { // otherwise Redis may have lost the other nodes, too
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
     * Detects a restart: if Redis does not know this node any more, it has lost everything. Called
     * by the thread that receives the answers, so that no later answer is processed before.
     */
    private void checkMemory(boolean known) {
        if (!known && !isAway()) {
            away("it does not know this node any more: was it restarted?");
        }
    }

    /**
     * Returns true if Redis has lost nothing since this number of interruptions. Otherwise it does
     * not know all sessions of other nodes yet. Blocks for at most the patience.
     */
    public boolean holdsEverythingSince(long interruptionsBefore)
            throws InterruptedException, ExecutionException, TimeoutException {
        await(redis.exists(keys.memory(node)).thenAccept(count -> checkMemory(count > 0)));
        return interruptions() == interruptionsBefore;
    }

    /**
     * Returns the number of nodes, this one included. A dead node counts until its lease is over.
     */
    int nodes() throws Exception {
        return isAway()
                ? 1
                : Math.toIntExact(await(redis.enlisted(keys.nodes(), System.currentTimeMillis())));
    }

    private <T> T await(CompletionStage<T> answer)
            throws InterruptedException, ExecutionException, TimeoutException {
        return runtime.await(answer, patience);
    }

    /** Records that Redis did not answer. */
    public void away(String why) {
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

    /**
     * Returns the innermost cause in words; those around it name classes of the Redis client. Of a
     * refused connection it is the outermost one, which has the address.
     */
    private String reason(Exception thrown) {
        Throwable cause = thrown;
        while (cause.getCause() != null
                && cause.getCause() != cause
                && !(cause instanceof ConnectException)) {
            cause = cause.getCause();
        }
        if (cause instanceof UnknownHostException) {
            return "the host name %s is not known".formatted(cause.getMessage());
        }
        if (cause instanceof TimeoutException) {
            return "no answer within " + DurationText.of(patience);
        }
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }

    /**
     * Changes the state. Returns false if it is not {@code from} any more, since Redis may be lost
     * while it answers.
     */
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

    /** Returns the name of this node. */
    public String node() {
        return node;
    }

    public State state() {
        return state;
    }

    /** Returns true while Redis cannot be used, also before it has answered for the first time. */
    public boolean isAway() {
        State now = state;
        return now == State.AWAY || now == State.JOINING;
    }

    /** Returns true if Redis has been away for a lease: other nodes count this one as dead. */
    public boolean isIsolated() {
        return isAwayFor(lease);
    }

    /** Returns true if Redis has been away for at least this time. */
    public boolean isAwayFor(Duration time) {
        return isAway() && age().compareTo(time) >= 0;
    }

    /** Returns the number of times that Redis went away since the start. */
    public long interruptions() {
        return interruptions.get();
    }

    public Duration patience() {
        return patience;
    }

    /**
     * Watches the node from the first call on. Returns false if Redis has not seen it for longer
     * than a lease, and this node has been joined for at least a lease.
     */
    public boolean checkAlive(String other) {
        if (other.equals(node)) {
            return true;
        }
        if (others.size() > WATCHED) {
            others.clear();
        }
        boolean seen = others.computeIfAbsent(other, _ -> true);
        return seen || state != State.JOINED || age().compareTo(lease) < 0;
    }

    /** Removes this node from Redis, so that other nodes treat its requests as lost. */
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
