package io.springline.session;

import io.springline.jsonrpc.RequestId;
import io.springline.session.Resumption.Grant;
import io.springline.session.Resumption.Reason;
import io.springline.session.SeenRequests.First;
import io.springline.session.SeenRequests.Kept;
import io.springline.session.SeenRequests.Running;
import io.springline.session.SeenRequests.Settled;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The way back to a client that outlives the sockets it leads over, one at a time:
 *
 * <pre>
 * ATTACHED ──detach──▶ DETACHED ──end(EXPIRED)──▶ ENDED
 *    ▲  └──attach: the newer socket wins─▶ ATTACHED  ▲
 *    └──────attach──────┘  └──────over the limit─────┘ (OVERFLOW)
 * </pre>
 *
 * Every message is counted and kept until the client acknowledges it. Over the limit progress and
 * log messages are dropped before they are counted, changes wait and are merged, and answers are
 * taken from a client that is there, since those who give them {@linkplain #awaitRoom wait for
 * room}; with the client away, an answer over the limit ends the session.
 */
public final class ResumableConnection implements Connection {

    /** A client that has read everything and acknowledges nothing for so long is too slow. */
    static final long STALLED_AFTER_NANOS = 10_000_000_000L;

    /** What becomes of a request whose id may have been seen before. */
    public enum Repetition {
        /** It is the first of its id: run it. */
        NONE,
        /** It is in flight, or its answer has been sent again: nothing is to be done. */
        SERVED,
        /** Its answer has been acknowledged. */
        STALE
    }

    private final String id = UUID.randomUUID().toString();
    private final String epoch = UUID.randomUUID().toString().substring(0, 8);
    private final ResumeTokens tokens;
    private final OutboundLog log;
    private final SeenRequests seen = new SeenRequests();
    private final Map<Object, Outbound> waitingChanges = new LinkedHashMap<>();
    private volatile @Nullable Connection socket;
    private @Nullable Reason ended;
    private long detachedAtNanos;
    private long stalledAtNanos;
    private boolean stalled;
    private volatile boolean unheard;
    private volatile boolean parked;

    /**
     * @param socket where the client is now
     * @param limitBytes how much is kept for the client
     */
    ResumableConnection(Connection socket, long limitBytes, ResumeTokens tokens) {
        this.socket = socket;
        this.log = new OutboundLog(limitBytes);
        this.tokens = tokens;
    }

    @Override
    public String id() {
        return id;
    }

    String epoch() {
        return epoch;
    }

    /**
     * Hands the first token out. Nothing is counted before the greeting is on its way.
     *
     * @param handOver makes this the session's connection
     */
    synchronized void open(Runnable handOver, Function<Grant, Outbound> greeting) {
        handOver.run();
        if (socket != null) {
            socket.send(greeting.apply(new Grant(tokens.first(), epoch, 0)));
        }
    }

    /**
     * Goes on over another socket: the greeting, what is not acknowledged, and what comes. The
     * socket before is closed with {@link CloseReason#REPLACED}.
     *
     * @param digest of the token that the client showed
     * @param received the last message that the client has
     * @return why not, or null when it was done
     */
    @Nullable Reason attach(
            Connection next, String digest, long received, Function<Grant, Outbound> greeting) {
        Connection before;
        synchronized (this) {
            if (ended != null) {
                return ended;
            }
            if (received > log.sent() || !tokens.isGood(digest)) {
                return Reason.UNKNOWN;
            }
            if (received < log.acknowledged()) {
                return Reason.OVERFLOW;
            }
            log.acknowledge(received, seen::acknowledged);
            before = socket;
            socket = next;
            stalled = false;
            unheard = true;
            next.send(greeting.apply(new Grant(tokens.rotate(digest), epoch, log.sent())));
            for (Outbound message : log.unacknowledged()) {
                next.send(undroppable(message));
            }
            sendWaitingChanges();
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

    /** No more of it: what is kept is freed. The first reason stays. */
    synchronized void end(Reason reason) {
        ended = ended == null ? reason : ended;
        socket = null;
        log.clear();
        seen.clear();
        waitingChanges.clear();
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

    /** The digests of the tokens that it can be resumed with. */
    synchronized List<String> goodTokens() {
        return tokens.digests();
    }

    @Override
    public synchronized void send(Outbound message) {
        if (ended != null) {
            return;
        }
        boolean taken =
                switch (message.kind()) {
                    case PROGRESS, LOG -> log.fitsIfDispensable(message);
                    case CHANGE -> log.fits(message) || !waits(message);
                    case ESSENTIAL -> socket != null || log.fits(message);
                };
        if (taken) {
            count(message);
        } else if (message.kind() == Outbound.Kind.ESSENTIAL) {
            end(Reason.OVERFLOW);
        }
    }

    /** Sends what is not part of the session, past the count; nothing when the client is away. */
    public synchronized void sendUncounted(Outbound message) {
        if (socket != null) {
            socket.send(message);
        }
    }

    /** Puts a change aside until there is room; false when it cannot be merged with others. */
    private boolean waits(Outbound change) {
        Object key = change.coalesceKey();
        if (key != null) {
            waitingChanges.put(key, change);
        }
        return key != null;
    }

    private void sendWaitingChanges() {
        var waiting = waitingChanges.values().iterator();
        while (waiting.hasNext()) {
            Outbound change = waiting.next();
            if (!log.fits(change)) {
                return;
            }
            waiting.remove();
            count(change);
        }
    }

    private void count(Outbound message) {
        log.append(message);
        if (message.answers() != null) {
            seen.answered(message);
        }
        if (socket != null) {
            socket.send(undroppable(message));
        }
    }

    /** What has been counted must arrive. */
    private static Outbound undroppable(Outbound message) {
        return message.kind() == Outbound.Kind.ESSENTIAL
                ? message
                : Outbound.essential(message.payload());
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
            log.acknowledge(received, seen::acknowledged);
            stalled = false;
            sendWaitingChanges();
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
                }
            }
        }
        return true;
    }

    /** Nothing more is taken from the client here, nor claimed: it comes back to another node. */
    void park() {
        parked = true;
    }

    /** Whether a request of this id has been claimed, so that its answer is, or was, due here. */
    public synchronized boolean hasSeen(RequestId request) {
        return seen.knows(request);
    }

    /** Tells whether a request is to be run; a kept answer is sent again. */
    public synchronized Repetition claim(RequestId request) {
        return switch (seen.claim(request)) {
            case First() -> Repetition.NONE;
            case Running() -> Repetition.SERVED;
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

    /** A claimed request ended without an answer. */
    public synchronized void unanswered(RequestId request) {
        seen.unanswered(request);
    }

    /** Lets go of a client that reads and never acknowledges; it may come back at once. */
    void closeIfStalled(long nowNanos) {
        Connection slow = null;
        synchronized (this) {
            if (socket == null || !log.isOverLimit() || socket.queuedBytes() > 0) {
                stalled = false;
            } else if (!stalled) {
                stalled = true;
                stalledAtNanos = nowNanos;
            } else if (nowNanos - stalledAtNanos >= STALLED_AFTER_NANOS) {
                slow = socket;
            }
        }
        if (slow != null) {
            slow.close(CloseReason.SLOW_CONSUMER);
        }
    }
}
