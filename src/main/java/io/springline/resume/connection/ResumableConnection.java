package io.springline.resume.connection;

import io.springline.concurrent.SharedThread;
import io.springline.concurrent.StateLock;
import io.springline.jsonrpc.RequestId;
import io.springline.mcp.CloseReason;
import io.springline.resume.connection.Attachment.Hearing;
import io.springline.resume.store.ResumeResult.Grant;
import io.springline.resume.store.ResumeResult.Reason;
import io.springline.resume.store.ResumeToken;
import io.springline.resume.store.SessionLease;
import io.springline.resume.store.SessionStore.Binding;
import io.springline.resume.store.SessionStore.Claimed;
import io.springline.session.Connection;
import io.springline.session.Outbound;
import io.springline.session.SessionPersistence;
import io.springline.session.Transport;
import io.springline.session.limit.UnreadMemory;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A connection that survives reconnects. It numbers outbound messages, keeps them until the client
 * acknowledges them, and replays them on the next socket. At most one socket is attached: {@link
 * Attachment} has the states, {@link OutboundDelivery} what becomes of messages in each of them.
 *
 * <p>Owns the one lock that guards all parts, {@link ResumablePersistence} and {@link
 * SessionHandover} included. Messages are numbered and queued with the lock held, and written to
 * the socket after it is released. Methods that only read the state take no lock.
 */
public final class ResumableConnection implements Connection, UnreadMemory.Holder {

    /**
     * The time after which a client that reads everything and acknowledges nothing is disconnected.
     */
    public static final long STALLED_AFTER_NANOS = Backpressure.STALLED_AFTER_NANOS;

    private final Binding binding;
    private final SessionLease lease;
    private final StoredTokens tokens;
    private final OutboundLog log;
    private final StateLock lock = new StateLock();
    private final Attachment attachment;
    private final Backpressure backpressure;
    private final OutboundDelivery delivery;
    private final SessionHandover handover;
    private final SessionPersistence persistence;

    /**
     * Creates the detached connection of a session that this node has opened.
     *
     * @param log empty, and used by this connection only
     */
    public ResumableConnection(
            Binding binding,
            SessionLease lease,
            ResumeToken token,
            OutboundLog log,
            long nowNanos) {
        this(
                binding,
                lease,
                new StoredTokens(lease, new ResumeTokens(token.digest())),
                new DeliveryJournal(lease, log),
                nowNanos);
    }

    /**
     * Creates the detached connection of a session that this node has claimed.
     *
     * @param received the number of the last message that the client has received
     * @param log empty, and used by this connection only
     */
    public static ResumableConnection claimed(
            Binding binding, Claimed claimed, long received, OutboundLog log, long nowNanos) {
        SessionLease lease = claimed.lease();
        var tokens = new StoredTokens(lease, new ResumeTokens(claimed.session().tokens()));
        var journal = new DeliveryJournal(lease, log);
        journal.restore(claimed.session(), received);
        return new ResumableConnection(binding, lease, tokens, journal, nowNanos);
    }

    private ResumableConnection(
            Binding binding,
            SessionLease lease,
            StoredTokens tokens,
            DeliveryJournal journal,
            long nowNanos) {
        this.binding = binding;
        this.lease = lease;
        this.tokens = tokens;
        this.log = journal.log();
        log.heldBy(this);
        this.attachment = new Attachment(binding.session(), nowNanos);
        this.backpressure = new Backpressure(log, attachment, lock.newCondition());
        this.delivery = new OutboundDelivery(lease, journal, attachment, backpressure);
        this.handover = new SessionHandover(this, lock, tokens, journal, delivery);
        this.persistence =
                new ResumablePersistence(this, lock, attachment, tokens, journal, delivery);
    }

    @Override
    public String id() {
        return binding.session();
    }

    @Override
    public String socketId() {
        return attachment.socketId();
    }

    /** HTTP clients name their session with each request. */
    @Override
    public Transport transport() {
        return binding.isNamed() ? Transport.HTTP : Transport.WEBSOCKET;
    }

    public Binding binding() {
        return binding;
    }

    /** The owner's write access to the stored session. */
    public SessionLease lease() {
        return lease;
    }

    /** Returns what the session has kept, as the session sees it. */
    public SessionPersistence persistence() {
        return persistence;
    }

    /** Returns what concerns other nodes. */
    public SessionHandover handover() {
        return handover;
    }

    /** Returns true if {@link #awaitRoom} would return at once. */
    boolean hasRoom() {
        return backpressure.hasRoom();
    }

    /** Returns the attached socket, or null. */
    @Nullable Connection socket() {
        return attachment.socket();
    }

    /**
     * Attaches the first socket and sends the first token. No message is numbered before the
     * greeting is queued.
     *
     * @param first the socket on which the client has opened the session
     * @param handOver makes this connection the session's connection; called with the lock held
     */
    public void open(
            Connection first,
            ResumeToken token,
            Runnable handOver,
            Function<Grant, Outbound> greeting) {
        Outbound welcome = greeting.apply(grant(token, 0));
        try (var _ = lock.hold()) {
            handOver.run();
            attachment.attach(first, Hearing.HEARD);
            first.countedBySession();
            first.enqueue(welcome);
        }
        flush();
    }

    /**
     * Attaches the HTTP streams of a session that its client names with each request.
     *
     * @param handOver makes this connection the session's connection; called with the lock held
     */
    public void open(Connection only, Runnable handOver) {
        try (var _ = lock.hold()) {
            handOver.run();
            attachment.attach(only, Hearing.HEARD);
        }
    }

    private Grant grant(ResumeToken token, long sent) {
        return new Grant(token.grantedBy(lease.fence()), binding.epoch(), sent);
    }

    @Override
    public boolean carriesRequests(RequestId asking) {
        Connection now = attachment.carrier();
        // Without a socket, the request is kept and replayed to the next one.
        return now == null || now.carriesRequests(asking);
    }

    @Override
    public boolean resumesResponse(RequestId request) {
        Connection now = attachment.carrier();
        return now != null && now.resumesResponse(request);
    }

    /**
     * Attaches another socket: sends the greeting, then the unacknowledged messages. Closes the
     * socket before it with {@link CloseReason#REPLACED}.
     *
     * @param digest the digest of the token that the client showed
     * @param token the next token, which the store has already
     * @param received the number of the last message that the client has received
     * @param greeting called with the lock held: may encode a message, and nothing else
     * @return null, or the reason for which the socket is refused
     */
    public @Nullable Reason attach(
            Connection next,
            String digest,
            ResumeToken token,
            long received,
            Function<Grant, Outbound> greeting) {
        Connection before;
        try (var _ = lock.hold()) {
            boolean isTokenGood = tokens.isGood(digest);
            Reason refusal = ReplayDecision.refusal(attachment.state(), isTokenGood, log, received);
            if (refusal != null) {
                return refusal;
            }
            before = attachment.socket();
            delivery.attach(next, received);
            tokens.rotate(digest, token.digest());
            next.enqueue(greeting.apply(grant(token, log.sent())));
            delivery.replay();
        }
        flush();
        if (before != null) {
            before.close(CloseReason.REPLACED);
        }
        return null;
    }

    /**
     * Detaches a socket that has closed. Returns false if another socket has replaced it, or if the
     * session has ended or moved.
     */
    public boolean detach(Connection gone, long nowNanos) {
        try (var _ = lock.hold()) {
            boolean detached = attachment.detach(gone, nowNanos);
            backpressure.wakeWaiters();
            return detached;
        }
    }

    /** Ends the session and releases what is kept. The first reason stays. */
    public void end(Reason reason) {
        try (var _ = lock.hold()) {
            delivery.end(reason);
        }
    }

    /**
     * Returns the reason for which the session has ended, or null. An overflow sets it before the
     * session is removed.
     */
    public @Nullable Reason ended() {
        return attachment.ended();
    }

    /**
     * Returns the present absence of the client, or null if the client is attached or the session
     * has ended or moved.
     */
    public @Nullable Absence absence() {
        return attachment.absence();
    }

    /** Ends the session if the given absence still lasts. */
    public void expireIfStillAway(Absence since) {
        try (var _ = lock.hold()) {
            if (absence() == since) {
                delivery.end(Reason.EXPIRED);
            }
        }
    }

    /** Ends the session if the client has been absent for at least this time. */
    public void expireIfAway(long nanos, long nowNanos) {
        Absence absence = absence();
        if (absence != null && absence.hasLasted(nanos, nowNanos)) {
            expireIfStillAway(absence);
        }
    }

    @Override
    public void enqueue(Outbound message) {
        try (var _ = lock.hold()) {
            delivery.enqueue(message);
        }
    }

    @Override
    public void flush() {
        Connection now = attachment.carrier();
        if (now != null) {
            now.flush();
        }
    }

    @Override
    public void sendUncounted(Outbound message) {
        Connection now = attachment.socket();
        if (now != null) {
            now.send(message);
        }
    }

    /**
     * Blocks while the log is over its limit and the client is attached. Does not wait for a
     * detached client.
     */
    @Override
    public void awaitRoom() throws InterruptedException {
        if (backpressure.hasRoom()) {
            return;
        }
        assert SharedThread.mayBlock("for room in the log of a session");
        try (var _ = lock.hold()) {
            backpressure.awaitRoom();
        }
    }

    /** Without a socket, messages are kept and not written. */
    @Override
    public boolean isWritable() {
        Connection now = attachment.carrier();
        return backpressure.hasRoom() && (now == null || now.isWritable());
    }

    @Override
    public long unreadSinceNanos() {
        return backpressure.unreadSinceNanos();
    }

    /** Ends the session, since a client that is away or slow would need the messages later. */
    @Override
    public void discardUnread() {
        Connection last;
        try (var _ = lock.hold()) {
            last = attachment.socket();
            delivery.end(Reason.OVERFLOW);
        }
        if (last != null) {
            last.close(CloseReason.SLOW_CONSUMER);
        }
    }

    @Override
    public void roomAgain() {
        try (var _ = lock.hold()) {
            backpressure.wakeWaiters();
        }
    }

    /**
     * Closes the attached socket. The session continues if the close reason lets the client come
     * back.
     */
    @Override
    public void close(CloseReason reason) {
        Connection now = attachment.socket();
        if (now != null) {
            now.close(reason);
        }
    }

    @Override
    public long queuedBytes() {
        return log.heldBytes();
    }

    /** Stops serving the client's messages, so that it resumes at another node. */
    public void park() {
        try (var _ = lock.hold()) {
            Connection now = attachment.socket();
            if (now != null) {
                attachment.attach(now, Hearing.PARKED);
            }
        }
    }

    /**
     * Disconnects a client that reads and acknowledges nothing for {@link #STALLED_AFTER_NANOS}. It
     * may resume at once.
     */
    public void closeIfStalled(long nowNanos) {
        Connection stalled = backpressure.recordAndFindStalled(nowNanos);
        if (stalled != null) {
            stalled.close(CloseReason.SLOW_CONSUMER);
        }
    }

    @Override
    public String toString() {
        return "%s#%d, messages %d to %d"
                .formatted(id(), lease.fence(), log.acknowledged(), log.sent());
    }
}
