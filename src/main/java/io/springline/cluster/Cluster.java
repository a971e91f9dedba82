package io.springline.cluster;

import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * This node among the others, from its start to its end: it joins before the web server starts, and
 * leaves after that has stopped, while the connections to Redis are still there.
 */
public final class Cluster implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Cluster.class);

    /** Before the web server, which is at {@code DEFAULT_PHASE - 2048}. */
    private static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 3072;

    private final Redis redis;
    private final Keys keys;
    private final ClusterMembership presence;
    private final NodeMessenger mail;
    private final RedisSessionStore store;
    private volatile boolean running;

    Cluster(
            Redis redis,
            Keys keys,
            ClusterMembership presence,
            NodeMessenger mail,
            RedisSessionStore store) {
        this.redis = redis;
        this.keys = keys;
        this.presence = presence;
        this.mail = mail;
        this.store = store;
    }

    @Override
    public void start() {
        running = true;
        presence.start(events());
    }

    /** What this node does when it sees Redis, or sees it no more. */
    ClusterMembership.Events events() {
        return new ClusterMembership.Events() {
            @Override
            public void connect() {
                redis.connect(
                        List.of(keys.all(), keys.mail(store.node())),
                        (_, message) -> mail.heard(message));
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
        presence.close();
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

    /** What this node is called by, unique for each of its starts. */
    public String node() {
        return store.node();
    }

    /**
     * {@code joining} from the start until Redis has answered or failed, {@code settling} for a
     * second after it has answered, {@code joined}, or {@code away}.
     */
    public String state() {
        return presence.state().name().toLowerCase(Locale.ROOT);
    }

    /** Returns true while Redis cannot be used, also before it was reached for the first time. */
    public boolean isAway() {
        return presence.isAway();
    }

    /** How often Redis has gone away so far. */
    public long interruptions() {
        return presence.interruptions();
    }

    /** Sessions of this node whose newest state Redis does not have. */
    public long behind() {
        return store.behind();
    }

    /** Messages from and for other nodes that were dropped so far, since too many waited. */
    public long dropped() {
        return mail.dropped() + store.dropped();
    }
}
