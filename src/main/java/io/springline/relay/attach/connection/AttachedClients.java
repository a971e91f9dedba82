package io.springline.relay.attach.connection;

import io.springline.relay.client.UpstreamTransport.Receiver;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The upstreams that share the connection with one server: that of this node, and those of other
 * nodes. They get one message at a time; the end of the connection is the last one. Thread-safe.
 */
final class AttachedClients {

    private static final Logger log = LoggerFactory.getLogger(AttachedClients.class);

    /** A call of a receiver. */
    interface Delivery {
        void to(Receiver receiver);
    }

    private final List<AttachedClient> all = new CopyOnWriteArrayList<>();

    /** Held during each call of a receiver, so that {@code closed} is the last one. */
    private final ReentrantLock delivery = new ReentrantLock();

    private volatile @Nullable String endedBecause;

    /** Returns why the connection has ended; null while it is open. */
    @Nullable String endedBecause() {
        return endedBecause;
    }

    /** Begins to pass messages to a client. */
    void add(AttachedClient client) throws IOException {
        delivery.lock();
        try {
            if (endedBecause != null) {
                throw new IOException("the connection has ended: " + endedBecause);
            }
            all.add(client);
        } finally {
            delivery.unlock();
        }
    }

    void remove(AttachedClient client) {
        all.remove(client);
    }

    /** Calls the receiver of one client, unless the connection has ended. */
    void deliver(AttachedClient client, Delivery message) {
        delivery.lock();
        try {
            Receiver to = client.receiver();
            if (to != null && endedBecause == null) {
                message.to(to);
            }
        } catch (RuntimeException e) {
            log.error("A message of an attached server could not be handled", e);
        } finally {
            delivery.unlock();
        }
    }

    void deliverToAll(Delivery message) {
        for (AttachedClient each : all) {
            deliver(each, message);
        }
    }

    /** Blocks the reader of the server while a client has too much to process. */
    void throttle() throws InterruptedException {
        for (AttachedClient each : all) {
            each.throttle();
        }
    }

    /**
     * The connection has ended.
     *
     * @param first runs before the clients are called
     * @return false if it had ended before
     */
    boolean end(String reason, Runnable first) {
        delivery.lock();
        try {
            if (endedBecause != null) {
                return false;
            }
            endedBecause = reason;
            first.run();
            for (AttachedClient each : all) {
                Receiver to = each.receiver();
                if (to != null) {
                    to.closed(reason);
                }
            }
            all.clear();
            return true;
        } finally {
            delivery.unlock();
        }
    }
}
