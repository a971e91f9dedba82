package io.springline.relay.attach;

import io.springline.relay.client.UpstreamException;
import io.springline.session.node.ClusterNodes;
import io.springline.session.node.ClusterNodes.Change;
import io.springline.session.node.ClusterNodes.Shared;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the attached servers of all nodes equal: each node writes the states of its own servers
 * into records that all share, and reads those of others. A record has an epoch, which grows with
 * each connection. A node that finds a higher epoch than its own has lost the server. Thread-safe.
 */
final class SharedServers {

    private static final Logger log = LoggerFactory.getLogger(SharedServers.class);

    private static final String SET = "attached";

    /** Says that records have changed. */
    private static final String HINT = "attached-changed";

    private static final String CLOSE = "attached-close";

    /**
     * A record that is missing for this time has been removed. It is missing for a moment after a
     * restart of Redis, too.
     */
    private static final Duration MISSING = Duration.ofSeconds(5);

    /** Receives what other nodes have written. */
    interface Receiver {

        /** Returns the servers of this node. */
        Collection<AttachedServer> all();

        @Nullable AttachedServer find(String name);

        /** Another node has the server, or had it last. */
        void elsewhere(String name, long epoch, SharedServer server);

        /** No node knows the server any more. */
        void removed(String name);

        /**
         * Closes the connection of a server, as an operator wishes, perhaps at another node.
         *
         * @return false if this node has none
         */
        boolean disconnect(String name);
    }

    private final ClusterNodes nodes;
    private final Receiver receiver;
    private final Map<String, Long> missingSince = new HashMap<>();

    /** Names that were given up, with the epochs of their records. */
    private final Map<String, Long> forgotten = new ConcurrentHashMap<>();

    /** Held by the thread that compares. */
    private final ReentrantLock syncing = new ReentrantLock();

    private volatile boolean changed;

    SharedServers(ClusterNodes nodes, Receiver receiver) {
        this.nodes = nodes;
        this.receiver = receiver;
        nodes.on(
                HINT,
                (from, _) -> {
                    if (!from.equals(nodes.self())) {
                        changed();
                    }
                });
        nodes.on(
                CLOSE,
                (_, name) ->
                        Thread.startVirtualThread(() ->
                                receiver.disconnect(new String(name, StandardCharsets.UTF_8))));
    }

    /** Compares soon, on a thread of its own. Does not block. */
    void changed() {
        if (!changed) {
            changed = true;
            Thread.ofVirtual().name("attach-sync").start(this::syncOnce);
        }
    }

    private void syncOnce() {
        try {
            sync();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Takes a name for a connection of this node.
     *
     * @param server the server as this node knows it; null if it does not
     * @return the epoch of the connection; 0 if another node has taken the name meanwhile
     * @throws UpstreamException if it cannot be known whether the name is free
     */
    long claim(String name, @Nullable AttachedServer server, AttachedServer.Link link)
            throws InterruptedException {
        long known = server == null ? 0 : server.epoch();
        long epoch = Math.max(known + 1, System.currentTimeMillis());
        var next = new Shared(epoch, SharedServer.connecting(nodes.self(), name, link).toJson());
        switch (nodes.change(SET, name, known, next)) {
            case DONE -> {
                forgotten.remove(name);
                nodes.sendToAll(HINT, nodes.self(), new byte[0]);
                return epoch;
            }
            case NEWER -> {
                return 0;
            }
            case FULL -> throw new UpstreamException("there are too many names in Redis");
            case UNREACHABLE -> {
                if (known > 0) {
                    return epoch;
                }
                throw new UpstreamException(
                        "Redis does not answer, and its name may belong to a server at another replica");
            }
        }
        throw new IllegalStateException();
    }

    /** The name was given up: its record is removed with the next comparison. */
    void forgotten(AttachedServer server) {
        if (server.epoch() > 0) {
            forgotten.put(server.name(), server.epoch());
        }
    }

    /** Compares the records with the servers of this node. Blocks for a few seconds at most. */
    void sync() throws InterruptedException {
        syncing.lockInterruptibly();
        try {
            changed = false;
            Map<String, Shared> records = nodes.records(SET);
            if (records != null) {
                publish(records);
                records.forEach((name, record) -> {
                    try {
                        read(name, record);
                    } catch (RuntimeException e) {
                        log.error("Upstream '{}' at another node cannot be served", name, e);
                    }
                });
                removeMissing(records.keySet());
            }
        } finally {
            syncing.unlock();
        }
    }

    private void publish(Map<String, Shared> records) throws InterruptedException {
        boolean wrote = false;
        for (AttachedServer each : receiver.all()) {
            SharedServer ours = each.shared(nodes.self());
            Shared stored = records.get(each.name());
            long epoch = each.epoch();
            if (ours != null
                    && (stored == null
                            || stored.epoch() < epoch
                            || stored.epoch() == epoch && !stored.value().equals(ours.toJson()))) {
                var next = new Shared(epoch, ours.toJson());
                if (nodes.change(SET, each.name(), epoch, next) == Change.DONE) {
                    wrote = true;
                    records.put(each.name(), next);
                }
            }
        }
        for (var each : forgotten.entrySet()) {
            AttachedServer again = receiver.find(each.getKey());
            if (again != null && again.epoch() >= each.getValue()) {
                continue; // the record was written for a connection that this node just takes
            }
            Change done = nodes.change(SET, each.getKey(), each.getValue(), null);
            if (done == Change.DONE || done == Change.NEWER) {
                forgotten.remove(each.getKey(), each.getValue());
                if (done == Change.DONE) {
                    records.remove(each.getKey());
                    wrote = true;
                }
            }
        }
        if (wrote) {
            nodes.sendToAll(HINT, nodes.self(), new byte[0]);
        }
    }

    private void read(String name, Shared record) {
        SharedServer server = SharedServer.of(record.value());
        if (server == null) {
            return;
        }
        AttachedServer here = receiver.find(name);
        if (!server.node().equals(nodes.self())) {
            receiver.elsewhere(
                    name,
                    record.epoch(),
                    nodes.checkAlive(server.node()) ? server : server.gone(Instant.now()));
        } else if (here != null) {
            here.learn(record.epoch());
        } else {
            forgotten.put(name, record.epoch()); // this node has given it up
        }
    }

    private void removeMissing(Set<String> recorded) {
        missingSince.keySet().removeAll(recorded);
        Set<String> elsewhere = new HashSet<>();
        long now = System.nanoTime();
        for (AttachedServer each : receiver.all()) {
            if (each.elsewhere() != null && !recorded.contains(each.name())) {
                elsewhere.add(each.name());
                if (now - missingSince.computeIfAbsent(each.name(), _ -> now) > MISSING.toNanos()) {
                    receiver.removed(each.name());
                }
            }
        }
        missingSince.keySet().retainAll(elsewhere);
    }

    /** Asks the node that has a server to close its connection. */
    void disconnect(SharedServer server, String name) {
        nodes.send(server.node(), CLOSE, nodes.self(), name.getBytes(StandardCharsets.UTF_8));
    }
}
