package io.springline.resume;

import io.springline.jsonrpc.RequestId;
import io.springline.mcp.CloseReason;
import io.springline.resume.RequestDeduplicator.Elsewhere;
import io.springline.resume.RequestDeduplicator.First;
import io.springline.resume.RequestDeduplicator.Kept;
import io.springline.resume.RequestDeduplicator.Running;
import io.springline.resume.RequestDeduplicator.Settled;
import io.springline.resume.ResumeResult.Grant;
import io.springline.resume.ResumeResult.Reason;
import io.springline.resume.SessionStore.Binding;
import io.springline.resume.SessionStore.ForwardedMessage;
import io.springline.session.Connection;
import io.springline.session.Deduplication;
import io.springline.session.MovedException;
import io.springline.session.Outbound;
import io.springline.session.SessionPersistence;
import io.springline.session.SessionState;
import io.springline.session.StateLock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A connection that survives reconnects: it counts what is sent, keeps it until the client
 * acknowledges it, and replays it on the next socket. One socket at a time.
 *
 * <pre>
 * ATTACHED ──detach──▶ DETACHED ──end(EXPIRED)──▶ ENDED
 *    ▲  └──attach: the newer socket wins─▶ ATTACHED  ▲
 *    └──────attach──────┘  └──────over the limit─────┘ (OVERFLOW)
 *
 * ATTACHED, DETACHED ──moved──▶ MOVED    another node owns the session
 * </pre>
 *
 * If the limit is reached, progress and log messages are dropped before they are counted, changes
 * wait and are merged, and answers are taken as long as the client is attached, since those who
 * give them {@linkplain #awaitRoom wait for room}. If it is detached, an answer over the limit ends
 * the session.
 *
 * <p>What it does is written to the {@linkplain SessionLease store} as well, without waiting for
 * it. Once moved, messages of calls that still run here are forwarded to the owner.
 *
 * <p>Under its lock messages are counted and queued, for the socket and for the store; the socket
 * is written to when the lock has been released. What only looks at the state takes no lock.
 */
final class ResumableConnection implements Connection, SessionPersistence {

    /** A client that has read everything and acknowledges nothing for so long is too slow. */
    static final long STALLED_AFTER_NANOS = 10_000_000_000L;

    private sealed interface State {}

    private record Attached(Connection socket, Hearing hearing) implements State {}

    private record Detached(Absence absence) implements State {}

    private record Moved() implements State {}

    private record Ended(Reason reason) implements State {}

    /** One time without a client. Two are never the same, even if they have begun at once. */
    static final class Absence {
        private final long sinceNanos;

        private Absence(long sinceNanos) {
            this.sinceNanos = sinceNanos;
        }
    }

    /** What is known of an attached client. */
    private enum Hearing {
        /** It has sent nothing on this socket, and may not have its newest token. */
        SILENT,
        HEARD,
        /** Nothing more is taken from it: it is about to be sent to another node. */
        PARKED
    }

    private final Binding binding;
    private final SessionLease lease;
    private final ResumeTokens tokens;
    private final DeliveryJournal ledger;
    private final OutboundLog log;
    private final StallDetector patience = new StallDetector(STALLED_AFTER_NANOS);
    private final WaitingChanges changes = new WaitingChanges();
    private final StateLock lock = new StateLock();
    private final Condition room = lock.newCondition();
    private volatile State state;
    private volatile String socketId;
    private volatile @Nullable Connection unconfirmed;
    private volatile @Nullable Connection former;

    /**
     * Creates a connection that is detached.
     *
     * @param ledger this connection's alone from now on
     */
    ResumableConnection(
            Binding binding,
            SessionLease lease,
            DeliveryJournal ledger,
            ResumeTokens tokens,
            long nowNanos) {
        this.binding = binding;
        this.lease = lease;
        this.ledger = ledger;
        this.log = ledger.log();
        this.tokens = tokens;
        this.state = new Detached(new Absence(nowNanos));
        this.socketId = binding.session();
    }

    @Override
    public String id() {
        return binding.session();
    }

    @Override
    public String socketId() {
        return socketId;
    }

    Binding binding() {
        return binding;
    }

    /** The owner's write access to the stored session. */
    SessionLease lease() {
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

    private static Write owned(SessionLease.Written written) {
        return () -> {
            assert StateLock.noneHeld("wait for the store");
            if (written.await() == SessionLease.Outcome.LOST) {
                throw new MovedException();
            }
        };
    }

    @Override
    public void forward(byte[] message) {
        Set.copyOf(elsewhere().values()).forEach(node -> lease.tell(node, message));
    }

    /** The only way from one state to another: there is none from MOVED and ENDED. */
    private boolean become(State next) {
        if (state instanceof Moved || state instanceof Ended) {
            return false;
        }
        state = next;
        room.signalAll();
        return true;
    }

    /**
     * Hands the first token out. Nothing is counted before the greeting is queued.
     *
     * @param first where the client is now
     * @param handOver makes this the session's connection
     */
    void open(
            Connection first,
            ResumeToken token,
            Runnable handOver,
            Function<Grant, Outbound> greeting) {
        Outbound welcome = greeting.apply(new Grant(token, binding.epoch(), 0));
        try (var _ = lock.hold()) {
            handOver.run();
            become(new Attached(first, Hearing.HEARD));
            socketId = first.id();
            first.enqueue(welcome);
        }
        flush();
    }

    /** Attaches the only carrier of a session that its client names with each request. */
    void open(Connection only, Runnable handOver) {
        try (var _ = lock.hold()) {
            handOver.run();
            become(new Attached(only, Hearing.HEARD));
            socketId = only.id();
        }
    }

    @Override
    public void replay(long after, Runnable begin, Reader reader) {
        try (var _ = lock.hold()) {
            begin.run();
            long number = log.acknowledged();
            for (Outbound each : log.unacknowledged()) {
                number++;
                if (number > after) {
                    reader.read(number, each);
                }
            }
        }
    }

    @Override
    public boolean runsElsewhere(RequestId request) {
        return elsewhere().containsKey(request);
    }

    @Override
    public boolean carriesRequests(RequestId asking) {
        Connection now = carrier();
        return now != null && now.carriesRequests(asking);
    }

    /**
     * Goes on over another socket: the greeting, what is not acknowledged, and what comes. The
     * socket before is closed with {@link CloseReason#REPLACED}.
     *
     * @param digest of the token that the client showed
     * @param token the next, which the store knows
     * @param received the last message that the client has
     * @param greeting called with the lock held: may encode a message, and nothing else
     * @return why not, or null when it was done
     */
    @Nullable Reason attach(
            Connection next,
            String digest,
            ResumeToken token,
            long received,
            Function<Grant, Outbound> greeting) {
        Connection before;
        try (var _ = lock.hold()) {
            if (state instanceof Ended(var reason)) {
                return reason;
            }
            if (state instanceof Moved || received > log.sent() || !tokens.isGood(digest)) {
                return Reason.UNKNOWN;
            }
            if (received < log.acknowledged()) {
                return Reason.OVERFLOW;
            }
            ledger.acknowledge(received);
            before = socket();
            become(new Attached(next, Hearing.SILENT));
            socketId = next.id();
            patience.reset();
            tokens.rotate(digest, token.digest());
            lease.tokens(tokens.digests());
            next.enqueue(greeting.apply(new Grant(token, binding.epoch(), log.sent())));
            for (Outbound message : log.unacknowledged()) {
                next.enqueue(message.undroppable());
            }
            changes.release(log::fits, this::count);
        }
        flush();
        if (before != null) {
            before.close(CloseReason.REPLACED);
        }
        return null;
    }

    /** The store could not confirm that the session was still this node's when this one came. */
    void unconfirmed(Connection attached) {
        unconfirmed = attached;
    }

    /**
     * Returns the reason to close a socket of a session that another node owns. If the client came
     * here since then, it is the newest of its connections, and has to come back.
     */
    CloseReason movedFrom(Connection last) {
        return last == unconfirmed ? CloseReason.TRY_AGAIN_LATER : CloseReason.REPLACED;
    }

    /** The socket is gone; false when another has taken its place, or the session has ended. */
    boolean detach(Connection gone, long nowNanos) {
        try (var _ = lock.hold()) {
            return socket() == gone && become(new Detached(new Absence(nowNanos)));
        }
    }

    /**
     * Another node owns the session, so nothing is kept here; the calls go on.
     *
     * @return the socket that is left, to be closed
     */
    @Nullable Connection moved() {
        try (var _ = lock.hold()) {
            Connection last = socket();
            if (become(new Moved())) {
                if (binding.isNamed()) {
                    former = last;
                }
                if (lease.wasInterrupted()) {
                    log.unacknowledged().stream()
                            .filter(message -> message.answers() != null)
                            .forEach(lease::forward);
                }
                forget();
            }
            return last;
        }
    }

    /** Ends it, and frees what is kept. The first reason stays. */
    void end(Reason reason) {
        try (var _ = lock.hold()) {
            endLocked(reason);
        }
    }

    private void endLocked(Reason reason) {
        if (become(new Ended(reason))) {
            lease.end(reason);
            forget();
        }
    }

    private void forget() {
        ledger.clear();
        changes.clear();
    }

    /**
     * Where messages are written: also the open HTTP responses of a session that has moved, since
     * their clients wait for the answers there.
     */
    private @Nullable Connection carrier() {
        Connection now = socket();
        return now == null ? former : now;
    }

    private @Nullable Connection socket() {
        return state instanceof Attached(var socket, _) ? socket : null;
    }

    /**
     * Why it is over, or null when it is not: set by an overflow before anybody has acted on it.
     */
    @Nullable Reason ended() {
        return state instanceof Ended(var reason) ? reason : null;
    }

    /** The present absence of the client; null while it is attached, and when it is over. */
    @Nullable Absence absence() {
        return state instanceof Detached(var absence) ? absence : null;
    }

    /** Ends if the client has been away since then: not if it was back meanwhile. */
    void expireIfStillAway(Absence since) {
        try (var _ = lock.hold()) {
            if (absence() == since) {
                endLocked(Reason.EXPIRED);
            }
        }
    }

    /** Ends if the client has been away for so long. */
    void expireIfAway(long nanos, long nowNanos) {
        Absence absence = absence();
        if (absence != null && nowNanos - absence.sinceNanos >= nanos) {
            expireIfStillAway(absence);
        }
    }

    boolean isGood(String digest) {
        try (var _ = lock.hold()) {
            return tokens.isGood(digest);
        }
    }

    @Override
    public void enqueue(Outbound message) {
        try (var _ = lock.hold()) {
            switch (state) {
                case Ended _ -> {}
                case Moved _ -> {
                    if (message.kind().goesAlong()) {
                        lease.forward(message);
                    }
                    if (former != null) {
                        former.enqueue(message);
                    }
                }
                case Attached _ -> enqueue(message, true);
                case Detached _ -> enqueue(message, false);
            }
        }
    }

    private void enqueue(Outbound message, boolean attached) {
        boolean taken =
                switch (message.kind()) {
                    case PROGRESS, LOG -> log.fitsIfDispensable(message);
                    case CHANGE -> log.fits(message) || !changes.add(message);
                    case ESSENTIAL -> attached || log.fits(message);
                };
        if (taken) {
            count(message);
        } else if (message.kind() == Outbound.Kind.ESSENTIAL) {
            endLocked(Reason.OVERFLOW);
        }
    }

    @Override
    public void flush() {
        Connection now = carrier();
        if (now != null) {
            now.flush();
        }
    }

    /** A message of a call that another owner has begun. */
    void arrived(ForwardedMessage arrival) {
        try (var _ = lock.hold()) {
            if (ledger.wants(arrival.message())) {
                enqueue(arrival.message());
            }
            lease.taken(arrival.entry());
        }
        flush();
    }

    /** The requests that other owners have begun and that have no answer, with their nodes. */
    Map<RequestId, String> elsewhere() {
        try (var _ = lock.hold()) {
            return ledger.elsewhere();
        }
    }

    /** Adds a token to the good ones of the store, before its client is given it. */
    SessionLease.Outcome offer(String digest) throws InterruptedException {
        SessionLease.Written written;
        try (var _ = lock.hold()) {
            List<String> digests = new ArrayList<>(tokens.digests());
            digests.addFirst(digest); // a claim keeps the first ones
            written = lease.tokens(digests);
        }
        return written.await();
    }

    /** All of it, for a store that has to be told again. */
    StoredSession snapshot(String node, SessionState agreed) {
        try (var _ = lock.hold()) {
            return ledger.snapshot(tokens.digests(), agreed, node);
        }
    }

    @Override
    public void sendUncounted(Outbound message) {
        Connection now = socket();
        if (now != null) {
            now.send(message);
        }
    }

    private void count(Outbound message) {
        ledger.append(message);
        Connection now = socket();
        if (now != null) {
            // what has been counted must arrive
            now.enqueue(message.undroppable());
        }
    }

    /**
     * Waits while the log is over its limit and the client is attached; does not wait for one to
     * return.
     */
    @Override
    public void awaitRoom() throws InterruptedException {
        if (hasRoom()) {
            return;
        }
        try (var _ = lock.hold()) {
            while (!hasRoom()) {
                room.await();
            }
        }
    }

    @Override
    public boolean hasRoom() {
        return !log.isOverLimit() || !(state instanceof Attached);
    }

    /** Closes the socket; the session goes on if the client may come back. */
    @Override
    public void close(CloseReason reason) {
        Connection now = socket();
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
            if (received > log.sent()) {
                return false;
            }
            if (received <= log.acknowledged()) {
                return true;
            }
            ledger.acknowledge(received);
            patience.reset();
            changes.release(log::fits, this::count);
            if (!log.isOverLimit()) {
                room.signalAll();
            }
        }
        flush();
        return true;
    }

    /** Makes the newest token the only good one, since the client has it. */
    @Override
    public boolean recordMessageFrom(Connection over) {
        if (!(state instanceof Attached(var socket, var hearing)) || socket != over) {
            return false;
        }
        if (hearing == Hearing.SILENT) {
            confirm(over);
        }
        return hearing != Hearing.PARKED;
    }

    private void confirm(Connection over) {
        try (var _ = lock.hold()) {
            if (state instanceof Attached(var socket, var hearing)
                    && socket == over
                    && hearing == Hearing.SILENT) {
                become(new Attached(over, Hearing.HEARD));
                tokens.confirm();
                lease.tokens(tokens.digests());
            }
        }
    }

    /** Nothing more is taken from the client here, nor claimed: it comes back to another node. */
    void park() {
        try (var _ = lock.hold()) {
            Connection now = socket();
            if (now != null) {
                become(new Attached(now, Hearing.PARKED));
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
                            ? ledger.claimAgain(request)
                            : ledger.claim(request)) {
                        case First() -> Deduplication.NONE;
                        case Running(), Elsewhere(_) -> Deduplication.SERVED;
                        case Kept(var answer) -> {
                            // Without room it stays in the log: on its way, or to be replayed.
                            if (log.fits(answer)) {
                                count(answer);
                            }
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
            ledger.disclaim(request);
        }
    }

    @Override
    public void unanswered(RequestId request) {
        try (var _ = lock.hold()) {
            ledger.unanswered(request);
        }
    }

    /** Lets go of a client that reads and never acknowledges; it may come back at once. */
    void closeIfStalled(long nowNanos) {
        Connection now = socket();
        boolean waits = now != null && log.isOverLimit() && now.queuedBytes() == 0;
        if (patience.isOver(waits, nowNanos) && now != null) {
            now.close(CloseReason.SLOW_CONSUMER);
        }
    }
}
