package io.springline.resume;

import io.springline.jsonrpc.RequestId;
import io.springline.resume.RequestDeduplicator.Seen;
import io.springline.session.Outbound;
import io.springline.session.SessionState;
import java.util.List;
import java.util.Map;

/**
 * What passed between a session and its client: the counted messages and the requests seen. Each
 * change is written to the {@linkplain SessionLease store} as well, which nothing here waits for.
 * Not safe for use by many threads: its connection guards it.
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
     * Goes on where another owner has stopped.
     *
     * @param received the last message that the client has, which the store may have missed
     */
    void restore(StoredSession stored, long received) {
        log.restore(stored.acknowledged(), stored.unacknowledged());
        seen.restore(stored);
        if (received > log.sent()) {
            log.skipTo(received, this::forget);
            lease.acknowledged(received);
        }
    }

    /** Counts a message and keeps it. */
    void append(Outbound message) {
        log.append(message);
        seen.answered(message);
        lease.sent(log.sent(), message);
    }

    /** Forgets the messages up to this one, at most {@link OutboundLog#sent}. */
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

    /** Tells how the id stands; a new one is running from now on. */
    Seen claim(RequestId request) {
        return seen.claim(request);
    }

    /** As {@link #claim}; an id that is over is new again. */
    Seen claimAgain(RequestId request) {
        return seen.claimAgain(request);
    }

    /** A claimed request was not begun, and is as if it had never come. */
    void disclaim(RequestId request) {
        seen.disclaim(request);
    }

    /** A claimed request ended without an answer. */
    void unanswered(RequestId request) {
        if (seen.unanswered(request)) {
            lease.settled(request);
        }
    }

    /** Whether a message of a call that another owner has begun is to be sent. */
    boolean wants(Outbound message) {
        RequestId id = message.answers();
        return id == null || seen.isWanted(id);
    }

    /** The requests that other owners have begun and that have no answer, with their nodes. */
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
