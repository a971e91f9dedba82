package io.springline.cluster.session;

import io.lettuce.core.StreamMessage;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the messages that former owners have forwarded to the owner of one session, one read at a
 * time. An entry stays in Redis until the session has taken it. An entry that arrives before the
 * session is ready, or that another node must take over, is delivered later.
 */
final class ForwardedMessageReader {

    private static final Logger log = LoggerFactory.getLogger(ForwardedMessageReader.class);

    private final RedisSessionStore store;
    private final RedisLease lease;

    /** The entries that were taken and that the last read still found in Redis. */
    private Set<String> taken = Set.of();

    private boolean reading;
    private boolean again;

    ForwardedMessageReader(RedisSessionStore store, RedisLease lease) {
        this.store = store;
        this.lease = lease;
    }

    /** Records that the session has delivered an entry or does not want it. */
    synchronized void taken(String entry) {
        var all = new HashSet<>(taken);
        all.add(entry);
        taken = all;
    }

    /**
     * Delivers the entries in Redis.
     *
     * @param then run after the entries, unless Redis cannot be read or a read is in progress
     */
    void read(Runnable then) {
        synchronized (this) {
            again = reading;
            if (reading || !store.isShared()) {
                return;
            }
            reading = true;
        }
        store.arrivals(lease.binding())
                .whenComplete((entries, failure) -> {
                    if (failure != null) {
                        finish();
                        store.failed("read", failure);
                    } else if (!store.later(() -> deliver(entries, then))) {
                        finish();
                    }
                });
    }

    private void deliver(List<StreamMessage<byte[], byte[]>> entries, Runnable then) {
        for (StreamMessage<byte[], byte[]> entry : entries) {
            if (isTaken(entry.getId())) {
                // Redis was unreachable when the entry was to be deleted
                lease.taken(entry.getId());
            } else {
                deliver(entry);
            }
        }
        Set<String> found = entries.stream().map(StreamMessage::getId).collect(Collectors.toSet());
        boolean more;
        synchronized (this) {
            found.retainAll(taken);
            taken = Set.copyOf(found);
            more = again;
            finish();
        }
        then.run();
        if (more) {
            read(() -> {});
        }
    }

    private void deliver(StreamMessage<byte[], byte[]> entry) {
        try {
            store.arrived(lease, ClaimAnswer.arrival(entry));
        } catch (RuntimeException e) {
            log.atWarn()
                    .setCause(e)
                    .log("a message that another node has forwarded cannot be read and is dropped");
            lease.taken(entry.getId());
        }
    }

    private synchronized boolean isTaken(String entry) {
        return taken.contains(entry);
    }

    private synchronized void finish() {
        reading = false;
        again = false;
    }
}
