package io.springline.resume.connection;

import io.springline.concurrent.StateLock;
import io.springline.jsonrpc.RequestId;
import io.springline.mcp.CloseReason;
import io.springline.resume.connection.Attachment.Attached;
import io.springline.resume.connection.Attachment.Hearing;
import io.springline.resume.connection.ReplayDecision.Refuse;
import io.springline.resume.connection.RequestDeduplicator.Elsewhere;
import io.springline.resume.connection.RequestDeduplicator.First;
import io.springline.resume.connection.RequestDeduplicator.Kept;
import io.springline.resume.connection.RequestDeduplicator.Running;
import io.springline.resume.connection.RequestDeduplicator.Settled;
import io.springline.resume.store.ResumeResult.Grant;
import io.springline.resume.store.ResumeResult.Reason;
import io.springline.resume.store.ResumeToken;
import io.springline.resume.store.Runner;
import io.springline.resume.store.SessionLease;
import io.springline.resume.store.SessionLease.Outcome;
import io.springline.resume.store.SessionLease.Written;
import io.springline.resume.store.SessionStore.Attempt;
import io.springline.resume.store.SessionStore.Binding;
import io.springline.resume.store.SessionStore.Claimed;
import io.springline.resume.store.SessionStore.ForwardedMessage;
import io.springline.resume.store.StoredSession;
import io.springline.session.Connection;
import io.springline.session.Deduplication;
import io.springline.session.MovedException;
import io.springline.session.Outbound;
import io.springline.session.SessionPersistence;
import io.springline.session.SessionState;
import io.springline.session.Transport;
import io.springline.session.limit.UnreadMemory;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A connection that survives reconnects. It numbers outbound messages, keeps them until the client
 * acknowledges them, and replays them on the next socket. At most one socket is attached: {@link
 * Attachment} has the states, {@link OutboundDelivery} what becomes of messages in each of them.
 *
 * <p>Each change is also queued for the {@linkplain SessionLease store}, without waiting for it.
 * Once the session has moved, messages of calls that still run here are forwarded to the owner.
 *
 * <p>Owns the one lock that guards all parts. Messages are numbered and queued with the lock held,
 * and written to the socket after it is released. Methods that only read the state take no lock.
 */
public final class ResumableConnection implements Connection, SessionPersistence, UnreadMemory.Holder {

    /**
     * The time after which a client that reads everything and acknowledges nothing is disconnected.
     */
    public static final long STALLED_AFTER_NANOS = Backpressure.STALLED_AFTER_NANOS;

    private final Binding binding;
    private final SessionLease lease;
    private final StoredTokens tokens;
    private final DeliveryJournal journal;
    private final OutboundLog log;
    private final StateLock lock = new StateLock();
    private final Attachment attachment;
    private final Backpressure backpressure;
    private final OutboundDelivery delivery;

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
        this.journal = journal;
        this.log = journal.log();
        log.heldBy(this);
        this.attachment = new Attachment(binding.session(), nowNanos);
        this.backpressure = new Backpressure(log, attachment, lock.newCondition());
        this.delivery = new OutboundDelivery(lease, journal, attachment, backpressure);
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

    @Override
    public Write writeState(SessionState agreed) {
        return owned(lease.state(agreed));
    }

    @Override
    public Write writeRunning(RequestId request) {
        return owned(lease.running(request));
    }

    private static Write owned(Written written) {
        return () -> {
            assert StateLock.noneHeld("wait for the store");
            if (written.await() == Outcome.LOST) {
                throw new MovedException();
            }
        };
    }

    @Override
    public void forward(byte[] message) {
        elsewhere().values().stream()
                .map(Runner::node)
                .distinct()
                .forEach(node -> lease.tell(node, message));
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
    public void replay(long after, Runnable begin, Reader reader) {
        try (var _ = lock.hold()) {
            begin.run();
            journal.replay(after, reader);
        }
    }

    @Override
    public boolean runsElsewhere(RequestId request) {
        return elsewhere().containsKey(request);
    }

    @Override
    public boolean carriesRequests(RequestId asking) {
        Connection now = attachment.carrier();
        // Without a socket, the request is kept and replayed to the next one.
        return now == null || now.carriesRequests(asking);
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
            var decision = ReplayDecision.of(attachment.state(), isTokenGood, log, received);
            if (decision instanceof Refuse(var reason)) {
                return reason;
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
     * Returns the reason with which to close the socket of a session that another node owns. As
     * long as the store may have the token with which the client has come, the other node may have
     * served an earlier attempt of the client itself, which then has to reconnect.
     */
    public CloseReason movedReason() {
        return tokens.isNewestAlone() ? CloseReason.REPLACED : CloseReason.TRY_AGAIN_LATER;
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

    /**
     * Releases what is kept, because another node owns the session. Running calls go on, and their
     * messages are forwarded.
     *
     * @return the socket that was attached, to be closed by the caller
     */
    public @Nullable Connection moved() {
        try (var _ = lock.hold()) {
            Connection last = attachment.socket();
            // An HTTP client still waits for answers on its open responses.
            delivery.move(binding.isNamed() ? last : null);
            return last;
        }
    }

    /** Releases what is kept of a claimed session, because a later claim has won. */
    public void discard() {
        try (var _ = lock.hold()) {
            journal.clear();
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

    /** Returns true if the client can be served here, as far as its token and its count go. */
    public boolean knows(Attempt attempt) {
        try (var _ = lock.hold()) {
            return tokens.isGood(attempt.digest()) && ReplayDecision.countsAlike(attempt, lease);
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

    /** Delivers a message of a call that a former owner runs. */
    public void arrived(ForwardedMessage arrival) {
        try (var _ = lock.hold()) {
            if (journal.claimForwarded(arrival.message())) {
                delivery.enqueue(arrival.message());
            }
            lease.taken(arrival.entry());
        }
        flush();
    }

    /** Returns the requests that former owners run and that have no answer. */
    public Map<RequestId, Runner> elsewhere() {
        try (var _ = lock.hold()) {
            return journal.elsewhere();
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

    /** Returns all of the session, for a store that has missed some of it. */
    public StoredSession snapshot(String node, SessionState agreed) {
        try (var _ = lock.hold()) {
            return journal.snapshot(tokens.digests(), agreed, node);
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
        if (hasRoom()) {
            return;
        }
        try (var _ = lock.hold()) {
            backpressure.awaitRoom();
        }
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

    @Override
    public boolean hasRoom() {
        return backpressure.hasRoom();
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
        return log.bytes();
    }

    @Override
    public boolean acknowledge(long received) {
        try (var _ = lock.hold()) {
            if (received <= log.acknowledged() || received > log.sent()) {
                return received <= log.sent();
            }
            delivery.acknowledge(received);
        }
        flush();
        return true;
    }

    /** Makes the newest token the only good one, since the client has it. */
    @Override
    public boolean recordMessageFrom(Connection over) {
        if (!(attachment.state() instanceof Attached(var socket, var hearing)) || socket != over) {
            return false;
        }
        if (hearing == Hearing.SILENT) {
            confirm(over);
        }
        return hearing != Hearing.PARKED;
    }

    private void confirm(Connection over) {
        try (var _ = lock.hold()) {
            if (attachment.state() instanceof Attached(var socket, var hearing)
                    && socket == over
                    && hearing == Hearing.SILENT) {
                attachment.attach(over, Hearing.HEARD);
                tokens.confirm();
            }
        }
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

    /** If the request has a kept answer, sends it again. */
    @Override
    public Deduplication claim(RequestId request) {
        Deduplication repetition;
        try (var _ = lock.hold()) {
            repetition =
                    switch (binding.isNamed()
                            ? journal.claimAgain(request)
                            : journal.claim(request)) {
                        case First() -> Deduplication.NONE;
                        case Running(), Elsewhere(_) -> Deduplication.SERVED;
                        case Kept(var answer) -> {
                            delivery.repeat(answer);
                            yield Deduplication.SERVED;
                        }
                        case Settled() -> Deduplication.STALE;
                    };
        }
        if (repetition == Deduplication.SERVED) {
            flush();
        }
        return repetition;
    }

    @Override
    public void disclaim(RequestId request) {
        try (var _ = lock.hold()) {
            journal.disclaim(request);
        }
    }

    @Override
    public void unanswered(RequestId request) {
        try (var _ = lock.hold()) {
            journal.unanswered(request);
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
