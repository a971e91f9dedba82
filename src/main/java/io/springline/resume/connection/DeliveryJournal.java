package io.springline.resume.connection;

import io.springline.jsonrpc.RequestId;
import io.springline.resume.connection.RequestDeduplicator.Seen;
import io.springline.resume.store.Runner;
import io.springline.resume.store.SessionLease;
import io.springline.resume.store.StoredSession;
import io.springline.session.Outbound;
import io.springline.session.SessionPersistence.Reader;
import io.springline.session.SessionState;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What is kept of a resumable session: its numbered messages, the changes that wait for room, and
 * the ids of its requests. Each change is also queued for the {@linkplain SessionLease store},
 * without waiting for it. Not safe for use by many threads: the connection guards it.
 */
final class DeliveryJournal {

    private final SessionLease lease;
    private final OutboundLog log;
    private final RequestDeduplicator seen = new RequestDeduplicator();
    private final WaitingChanges changes;

    DeliveryJournal(SessionLease lease, OutboundLog log) {
        this.lease = lease;
        this.log = log;
        this.changes = new WaitingChanges(log.limitBytes());
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

    /**
     * Numbers a message and keeps it if it fits. Progress and log messages leave room for answers;
     * a change without room waits. If too many changes wait, a further one is numbered without
     * room.
     *
     * @return false if the message was not numbered
     */
    boolean appendIfFits(Outbound message) {
        boolean fits =
                switch (message.kind()) {
                    case PROGRESS, LOG -> log.fitsIfDispensable(message);
                    case CHANGE ->
                            !changes.replaces(message) && log.fits(message) || !letWait(message);
                    case ESSENTIAL -> log.fits(message);
                };
        if (fits) {
            append(message);
        }
        return fits;
    }

    /** Returns false if {@link #appendIfFits} would lose the message or exceed the limits. */
    boolean hasRoomFor(Outbound message) {
        return switch (message.kind()) {
            case PROGRESS, LOG -> true;
            case CHANGE -> log.fits(message) || changes.hasRoomFor(message);
            case ESSENTIAL -> log.fits(message);
        };
    }

    private boolean letWait(Outbound change) {
        boolean waits = changes.add(change);
        log.waiting(changes.bytes());
        return waits;
    }

    /** Numbers and keeps the changes that have room now, and passes each to {@code write}. */
    void releaseChanges(Consumer<Outbound> write) {
        changes.release(
                log::fits,
                change -> {
                    append(change);
                    write.accept(change);
                });
        log.waiting(changes.bytes());
    }

    /** Reads the kept messages whose number is above {@code after}, in their order. */
    void replay(long after, Reader reader) {
        long number = log.acknowledged();
        for (Outbound each : log.unacknowledged()) {
            number++;
            if (number > after) {
                reader.read(number, each);
            }
        }
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

    /** Returns the requests that former owners run and that have no answer. */
    Map<RequestId, Runner> elsewhere() {
        return seen.elsewhere();
    }

    StoredSession snapshot(List<String> tokens, SessionState state, String node) {
        return new StoredSession(
                tokens,
                state,
                log.acknowledged(),
                List.copyOf(log.unacknowledged()),
                seen.running(new Runner(lease.fence(), node)),
                seen.settled());
    }

    void clear() {
        log.clear();
        seen.clear();
        changes.clear();
    }
}
