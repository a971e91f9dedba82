package io.springline.resume.connection;

import io.springline.concurrent.StateLock;
import io.springline.jsonrpc.RequestId;
import io.springline.mcp.CloseReason;
import io.springline.resume.store.Runner;
import io.springline.resume.store.SessionLease.Outcome;
import io.springline.resume.store.SessionLease.Written;
import io.springline.resume.store.SessionStore.Attempt;
import io.springline.resume.store.SessionStore.ForwardedMessage;
import io.springline.resume.store.StoredSession;
import io.springline.session.Connection;
import io.springline.session.SessionPersistence;
import io.springline.session.SessionState;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What concerns the store and other nodes in the life of one resumable session: attempts whose
 * tokens or counts other owners may have granted, the move to another node, and the calls that
 * former owners still run. Safe for use by many threads: takes the lock of the connection.
 */
public final class SessionHandover {

    private final ResumableConnection connection;
    private final StateLock lock;
    private final StoredTokens tokens;
    private final DeliveryJournal journal;
    private final OutboundDelivery delivery;

    /**
     * @param lock the lock of the connection
     */
    SessionHandover(
            ResumableConnection connection,
            StateLock lock,
            StoredTokens tokens,
            DeliveryJournal journal,
            OutboundDelivery delivery) {
        this.connection = connection;
        this.lock = lock;
        this.tokens = tokens;
        this.journal = journal;
        this.delivery = delivery;
    }

    /** Returns true if the client can be served here, as far as its token and its count go. */
    public boolean knows(Attempt attempt) {
        try (var _ = lock.hold()) {
            return tokens.isGood(attempt.digest())
                    && ReplayDecision.countsAlike(attempt, connection.lease());
        }
    }

    /** Writes a new token to the store before the client receives it. Blocks for a bounded time. */
    public Outcome offer(String digest) throws InterruptedException {
        Written written;
        try (var _ = lock.hold()) {
            written = tokens.offer(digest);
        }
        return written.await();
    }

    /**
     * Releases what is kept, because another node owns the session. Running calls go on, and their
     * messages are forwarded.
     *
     * @return the socket that was attached, to be closed by the caller
     */
    public @Nullable Connection moved() {
        try (var _ = lock.hold()) {
            Connection last = connection.socket();
            // An HTTP client still waits for answers on its open responses.
            delivery.move(connection.binding().isNamed() ? last : null);
            return last;
        }
    }

    /**
     * Returns the reason with which to close the socket of a session that another node owns. As
     * long as the store may have the token with which the client has come, the other node may have
     * served an earlier attempt of the client itself, which then has to reconnect.
     */
    public CloseReason movedReason() {
        return tokens.isNewestAlone() ? CloseReason.REPLACED : CloseReason.TRY_AGAIN_LATER;
    }

    /** Releases what is kept of a claimed session, because a later claim has won. */
    public void discard() {
        try (var _ = lock.hold()) {
            journal.clear();
        }
    }

    /** Delivers a message of a call that a former owner runs. */
    public void arrived(ForwardedMessage arrival) {
        try (var _ = lock.hold()) {
            if (journal.claimForwarded(arrival.message())) {
                delivery.enqueue(arrival.message());
            }
            connection.lease().taken(arrival.entry());
        }
        connection.flush();
    }

    /** Returns the requests that former owners run and that have no answer. */
    public Map<RequestId, Runner> elsewhere() {
        try (var _ = lock.hold()) {
            return journal.elsewhere();
        }
    }

    /** See {@link SessionPersistence#forward}. */
    void forward(Supplier<byte[]> encode) {
        List<String> nodes = elsewhere().values().stream().map(Runner::node).distinct().toList();
        if (!nodes.isEmpty()) {
            byte[] message = encode.get();
            nodes.forEach(node -> connection.lease().tell(node, message));
        }
    }

    /** Returns all of the session, for a store that has missed some of it. */
    public StoredSession snapshot(String node, SessionState agreed) {
        try (var _ = lock.hold()) {
            return journal.snapshot(tokens.digests(), agreed, node);
        }
    }
}
