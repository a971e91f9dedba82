package io.springline.cluster;

import io.springline.cluster.node.ClusterMembership;
import io.springline.cluster.node.NodeMessenger;
import io.springline.cluster.redis.Keys;
import io.springline.cluster.redis.Redis;
import io.springline.cluster.session.RedisSessionStore;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * The life cycle of this node in the cluster. It joins before the web server starts, and leaves
 * after the web server has stopped, while the connections to Redis are still open.
 */
public final class Cluster implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Cluster.class);

    /** The phase before that of the web server, {@code DEFAULT_PHASE - 2048}. */
    private static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 3072;

    private final Redis redis;
    private final Keys keys;
    private final ClusterMembership membership;
    private final NodeMessenger messenger;
    private final RedisSessionStore store;
    private volatile boolean running;

    Cluster(
            Redis redis,
            Keys keys,
            ClusterMembership membership,
            NodeMessenger messenger,
            RedisSessionStore store) {
        this.redis = redis;
        this.keys = keys;
        this.membership = membership;
        this.messenger = messenger;
        this.store = store;
    }

    @Override
    public void start() {
        running = true;
        membership.start(events());
    }

    /** Returns the actions on changes of the connection to Redis. */
    ClusterMembership.Events events() {
        return new ClusterMembership.Events() {
            @Override
            public void connect() {
                redis.connect(
                        List.of(keys.all(), keys.channel(store.node())),
                        (_, message) -> messenger.heard(message));
            }

            @Override
            public void away() {
                store.fallBehind();
            }

            @Override
            public void back() {
                store.rejoin();
            }
        };
    }

    @Override
    public void stop() {
        running = false;
        try {
            store.flush();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        membership.close();
        log.atInfo().addKeyValue("node", store.node()).log("left the cluster");
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }

    /** Returns the name of this node, unique for each start. */
    public String node() {
        return store.node();
    }

    /**
     * Returns {@code joining} from the start until Redis has answered or failed, {@code settling}
     * for a second after it has answered, {@code joined}, or {@code away}.
     */
    public String state() {
        return membership.state().name().toLowerCase(Locale.ROOT);
    }

    /** Returns true while Redis cannot be used, also before it has answered for the first time. */
    public boolean isAway() {
        return membership.isAway();
    }

    /** Returns the number of times that Redis went away since the start. */
    public long interruptions() {
        return membership.interruptions();
    }

    /** Returns the number of sessions of this node whose newest state Redis does not have. */
    public long behind() {
        return store.behind();
    }

    /**
     * Returns the number of messages between nodes that were dropped since the start, because too
     * many waited.
     */
    public long dropped() {
        return messenger.dropped() + store.dropped();
    }
}
