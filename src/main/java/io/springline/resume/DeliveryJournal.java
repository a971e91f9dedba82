package io.springline.resume;

import io.springline.jsonrpc.RequestId;
import io.springline.resume.RequestDeduplicator.Seen;
import io.springline.resume.store.SessionLease;
import io.springline.resume.store.StoredSession;
import io.springline.session.Outbound;
import io.springline.session.SessionState;
import java.util.List;
import java.util.Map;

/**
 * The numbered messages and the request ids of a session. Each change is also queued for the
 * {@linkplain SessionLease store}, without waiting for it. Not safe for use by many threads: the
 * connection guards it.
 */
final class DeliveryJournal {

    private final SessionLease lease;
    private final OutboundLog log;
    private final RequestDeduplicator seen = new RequestDeduplicator();

    DeliveryJournal(SessionLease lease, long limitBytes) {
        this.lease = lease;
        this.log = new OutboundLog(limitBytes);
    }

    OutboundLog log() {
        return log;
    }

    /**
     * Continues with what another owner has recorded.
     *
     * @param received the number of the last message that the client has received, which may be
     *     more than the store has recorded
     */
    void restore(StoredSession stored, long received) {
        log.restore(stored.acknowledged(), stored.unacknowledged());
        seen.restore(stored);
        if (received > log.sent()) {
            log.skipTo(received, this::forget);
            lease.acknowledged(received);
        }
    }

    /** Numbers a message and keeps it. */
    void append(Outbound message) {
        log.append(message);
        seen.answered(message);
        lease.sent(log.sent(), message);
    }

    /** Removes the messages up to this number, which is at most {@link OutboundLog#sent}. */
    void acknowledge(long received) {
        if (received > log.acknowledged()) {
            log.acknowledge(received, this::forget);
            lease.acknowledged(received);
        }
    }

    private void forget(Outbound message) {
        seen.acknowledged(message);
        if (message.answers() != null) {
            lease.settled(message.answers());
        }
    }

    /** Returns what is known about the id, and marks a new id as running. */
    Seen claim(RequestId request) {
        return seen.claim(request);
    }

    /** Claims as {@link #claim} does, and treats the id of an ended request as new. */
    Seen claimAgain(RequestId request) {
        return seen.claimAgain(request);
    }

    /** Forgets a claimed request that was not begun. */
    void disclaim(RequestId request) {
        seen.disclaim(request);
    }

    /** Settles a claimed request that ended without an answer. */
    void unanswered(RequestId request) {
        if (seen.unanswered(request)) {
            lease.settled(request);
        }
    }

    /**
     * Returns true if a message of a call that a former owner runs is to be sent: it is no answer,
     * or the first one.
     */
    boolean claimForwarded(Outbound message) {
        RequestId id = message.answers();
        return id == null || seen.claimForwarded(id);
    }

    /** Returns the requests that other nodes run and that have no answer, with their nodes. */
    Map<RequestId, String> elsewhere() {
        return seen.elsewhere();
    }

    StoredSession snapshot(List<String> tokens, SessionState state, String node) {
        return new StoredSession(
                tokens,
                state,
                log.acknowledged(),
                List.copyOf(log.unacknowledged()),
                seen.running(node),
                seen.settled());
    }

    void clear() {
        log.clear();
        seen.clear();
    }
}
