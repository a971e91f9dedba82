package io.springline.session;

import io.springline.jsonrpc.RequestId;
import io.springline.session.Resumption.Grant;
import io.springline.session.Resumption.Reason;
import io.springline.session.SeenRequests.Elsewhere;
import io.springline.session.SeenRequests.First;
import io.springline.session.SeenRequests.Kept;
import io.springline.session.SeenRequests.Running;
import io.springline.session.SeenRequests.Settled;
import io.springline.session.SessionStore.Arrival;
import io.springline.session.SessionStore.Binding;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The way back to a client that outlives the sockets it leads over, one at a time:
 *
 * <pre>
 * ATTACHED ──detach──▶ DETACHED ──end(EXPIRED)──▶ ENDED
 *    ▲  └──attach: the newer socket wins─▶ ATTACHED  ▲
 *    └──────attach──────┘  └──────over the limit─────┘ (OVERFLOW)
 *
 * any ──moved──▶ MOVED    another node owns the session
 * </pre>
 *
 * Every message is counted and kept until the client acknowledges it. Over the limit progress and
 * log messages are dropped before they are counted, changes wait and are merged, and answers are
 * taken from a client that is there, since those who give them {@linkplain #awaitRoom wait for
 * room}; with the client away, an answer over the limit ends the session.
 *
 * <p>What it does is written to the {@linkplain SessionLease store} as well, which nothing here
 * waits for. Once moved, what its calls still say is forwarded to the owner.
 */
public final class ResumableConnection implements Connection {

    /** A client that has read everything and acknowledges nothing for so long is too slow. */
    static final long STALLED_AFTER_NANOS = 10_000_000_000L;

    private final Binding binding;
    private final SessionLease lease;
    private final ResumeTokens tokens;
    private final Ledger ledger;
    private final OutboundLog log;
    private final Patience patience = new Patience(STALLED_AFTER_NANOS);
    private final WaitingChanges changes = new WaitingChanges();
    private volatile @Nullable Connection socket;
    private @Nullable Reason ended;
    private long detachedAtNanos = System.nanoTime();
    private boolean moved;
    private volatile boolean unheard;
    private volatile boolean parked;

    /**
     * @param ledger this connection's alone from now on
     */
    ResumableConnection(Binding binding, SessionLease lease, Ledger ledger, ResumeTokens tokens) {
        this.binding = binding;
        this.lease = lease;
        this.ledger = ledger;
        this.log = ledger.log();
        this.tokens = tokens;
    }

    @Override
    public String id() {
        return binding.session();
    }

    Binding binding() {
        return binding;
    }

    /** Its owner's hand on the store. */
    SessionLease lease() {
        return lease;
    }

    /**
     * Hands the first token out. Nothing is counted before the greeting is on its way.
     *
     * @param first where the client is now
     * @param handOver makes this the session's connection
     */
    synchronized void open(
            Connection first,
            ResumeToken token,
            Runnable handOver,
            Function<Grant, Outbound> greeting) {
        handOver.run();
        socket = first;
        first.send(greeting.apply(new Grant(token, binding.epoch(), 0)));
    }

    /**
     * Goes on over another socket: the greeting, what is not acknowledged, and what comes. The
     * socket before is closed with {@link CloseReason#REPLACED}.
     *
     * @param digest of the token that the client showed
     * @param token the next, which the store knows
     * @param received the last message that the client has
     * @return why not, or null when it was done
     */
    @Nullable Reason attach(
            Connection next,
            String digest,
            ResumeToken token,
            long received,
            Function<Grant, Outbound> greeting) {
        Connection before;
        synchronized (this) {
            if (ended != null) {
                return ended;
            }
            if (moved || received > log.sent() || !tokens.isGood(digest)) {
                return Reason.UNKNOWN;
            }
            if (received < log.acknowledged()) {
                return Reason.OVERFLOW;
            }
            ledger.acknowledge(received);
            before = socket;
            socket = next;
            patience.reset();
            unheard = true;
            tokens.rotate(digest, token.digest());
            lease.tokens(tokens.digests());
            next.send(greeting.apply(new Grant(token, binding.epoch(), log.sent())));
            for (Outbound message : log.unacknowledged()) {
                next.send(message.undroppable());
            }
            changes.release(log::fits, this::count);
            notifyAll();
        }
        if (before != null) {
            before.close(CloseReason.REPLACED);
        }
        return null;
    }

    /** The socket is gone; false when another has taken its place, or the session has ended. */
    synchronized boolean detach(Connection gone, long nowNanos) {
        if (socket != gone || ended != null) {
            return false;
        }
        socket = null;
        detachedAtNanos = nowNanos;
        notifyAll();
        return true;
    }

    /**
     * Another node owns the session, so nothing is kept here; the calls go on.
     *
     * @return the socket that is left, to be closed
     */
    synchronized @Nullable Connection moved() {
        Connection last = socket;
        moved = true;
        socket = null;
        ledger.clear();
        changes.clear();
        notifyAll();
        return last;
    }

    /** No more of it: what is kept is freed. The first reason stays. */
    synchronized void end(Reason reason) {
        if (ended == null) {
            lease.end(reason);
        }
        ended = ended == null ? reason : ended;
        socket = null;
        ledger.clear();
        changes.clear();
        notifyAll();
    }

    /**
     * Why it is over, or null when it is not: set by an overflow before anybody has acted on it.
     */
    synchronized @Nullable Reason ended() {
        return ended;
    }

    synchronized boolean isDetached() {
        return socket == null;
    }

    /** When it lost its socket; meaningless while it has one. */
    synchronized long detachedAtNanos() {
        return detachedAtNanos;
    }

    /** Ends if the client has been away for so long. */
    synchronized void expireIfAway(long nanos, long nowNanos) {
        if (socket == null && nowNanos - detachedAtNanos >= nanos) {
            end(Reason.EXPIRED);
        }
    }

    synchronized boolean isGood(String digest) {
        return tokens.isGood(digest);
    }

    @Override
    public synchronized void send(Outbound message) {
        if (ended != null) {
            return;
        }
        if (moved) {
            if (message.kind().goesAlong()) {
                lease.forward(message);
            }
            return;
        }
        boolean taken =
                switch (message.kind()) {
                    case PROGRESS, LOG -> log.fitsIfDispensable(message);
                    case CHANGE -> log.fits(message) || !changes.add(message);
                    case ESSENTIAL -> socket != null || log.fits(message);
                };
        if (taken) {
            count(message);
        } else if (message.kind() == Outbound.Kind.ESSENTIAL) {
            end(Reason.OVERFLOW);
        }
    }

    /** A message of a call that another owner has begun. */
    synchronized void arrived(Arrival arrival) {
        if (ledger.wants(arrival.message())) {
            send(arrival.message());
        }
        lease.taken(arrival.entry());
    }

    /** The requests that other owners have begun and that have no answer, with their nodes. */
    synchronized Map<RequestId, String> elsewhere() {
        return ledger.elsewhere();
    }

    /** Adds a token to the good ones of the store, before its client is given it. */
    SessionLease.Outcome offer(String digest) throws InterruptedException {
        SessionLease.Written written;
        synchronized (this) {
            List<String> digests = new ArrayList<>(tokens.digests());
            digests.add(digest);
            written = lease.tokens(digests);
        }
        return written.await();
    }

    /** All of it, for a store that has to be told again. */
    synchronized StoredSession snapshot(String node, SessionState state) {
        return ledger.snapshot(tokens.digests(), state, node);
    }

    /** Sends what is not part of the session, past the count; nothing when the client is away. */
    public synchronized void sendUncounted(Outbound message) {
        if (socket != null) {
            socket.send(message);
        }
    }

    private void count(Outbound message) {
        ledger.append(message);
        if (socket != null) {
            // what has been counted must arrive
            socket.send(message.undroppable());
        }
    }

    /**
     * Waits while a client that is there owes acknowledgements; does not wait for one to return.
     */
    @Override
    public synchronized void awaitRoom() throws InterruptedException {
        while (log.isOverLimit() && socket != null && ended == null) {
            wait();
        }
    }

    /** Whether {@link #awaitRoom} would return at once. */
    public synchronized boolean hasRoom() {
        return !log.isOverLimit() || socket == null || ended != null;
    }

    /** Closes the socket; the session goes on if the client may come back. */
    @Override
    public void close(CloseReason reason) {
        Connection now;
        synchronized (this) {
            now = socket;
        }
        if (now != null) {
            now.close(reason);
        }
    }

    @Override
    public synchronized long queuedBytes() {
        return log.bytes();
    }

    /**
     * The client has all messages up to this one. Less than before is ignored.
     *
     * @return false, with nothing changed, when so many have not been sent
     */
    public synchronized boolean acknowledge(long received) {
        if (received > log.sent()) {
            return false;
        }
        if (received > log.acknowledged()) {
            ledger.acknowledge(received);
            patience.reset();
            changes.release(log::fits, this::count);
            if (!log.isOverLimit()) {
                notifyAll();
            }
        }
        return true;
    }

    /**
     * The client has sent something, so it has the newest token.
     *
     * @return false when it is not to be served: it came over a socket that another has replaced,
     *     or the session goes on elsewhere
     */
    public boolean heard(Connection over) {
        if (over != socket || parked) {
            return false;
        }
        if (unheard) {
            synchronized (this) {
                if (over == socket) {
                    unheard = false;
                    tokens.confirm();
                    lease.tokens(tokens.digests());
                }
            }
        }
        return true;
    }

    /** Nothing more is taken from the client here, nor claimed: it comes back to another node. */
    void park() {
        parked = true;
    }

    /** Tells whether a request is to be run; a kept answer is sent again. */
    public synchronized Repetition claim(RequestId request) {
        return switch (ledger.claim(request)) {
            case First() -> Repetition.NONE;
            case Running(), Elsewhere(_) -> Repetition.SERVED;
            case Kept(var answer) -> {
                // Without room it stays where it is in the log: on its way, or to be replayed.
                if (log.fits(answer)) {
                    count(answer);
                }
                yield Repetition.SERVED;
            }
            case Settled() -> Repetition.STALE;
        };
    }

    /** A claimed request was not begun: its client will send it again, to another node. */
    public synchronized void disclaim(RequestId request) {
        ledger.disclaim(request);
    }

    /** A claimed request ended without an answer. */
    public synchronized void unanswered(RequestId request) {
        ledger.unanswered(request);
    }

    /** Lets go of a client that reads and never acknowledges; it may come back at once. */
    void closeIfStalled(long nowNanos) {
        Connection slow;
        synchronized (this) {
            boolean waits = socket != null && log.isOverLimit() && socket.queuedBytes() == 0;
            slow = patience.isOver(waits, nowNanos) ? socket : null;
        }
        if (slow != null) {
            slow.close(CloseReason.SLOW_CONSUMER);
        }
    }
}
