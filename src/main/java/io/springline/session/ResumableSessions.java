package io.springline.session;

import io.springline.session.Resumption.Grant;
import io.springline.session.Resumption.Reason;
import io.springline.session.Resumption.Refused;
import io.springline.session.Resumption.Resumed;
import java.time.Duration;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;

/**
 * The sessions of this node that outlive their connections. Those with a connection are as many as
 * there are connections; those without are bounded in number, each for the {@linkplain
 * SessionProperties#grace grace}, and each in bytes.
 */
public final class ResumableSessions implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ResumableSessions.class);

    /** So many ended sessions are remembered, to tell their clients why. */
    private static final int REMEMBERED = 4096;

    /** So many principals' refused attempts are counted. */
    private static final int COUNTED = 1024;

    private static final Comparator<Map.Entry<McpSession, ResumableConnection>> LONGEST_AWAY_FIRST =
            Comparator.comparingLong(each -> each.getValue().detachedAtNanos());

    private record Former(String principal, Reason reason) {}

    private final SessionRegistry registry;
    private final SessionProperties properties;
    private final Map<McpSession, ResumableConnection> sessions = new ConcurrentHashMap<>();
    private final Map<String, McpSession> byToken = new ConcurrentHashMap<>();
    private final Map<String, Former> former = bounded(REMEMBERED);
    private final Map<String, Strikes> guesses = bounded(COUNTED);
    private final LongAdder resumed = new LongAdder();
    private final LongAdder[] refused = adders();
    private final LongAdder[] ended = adders();

    ResumableSessions(SessionRegistry registry, SessionProperties properties) {
        this.registry = registry;
        this.properties = properties;
    }

    private static <V> Map<String, V> bounded(int size) {
        return Collections.synchronizedMap(
                new LinkedHashMap<>() {
                    @Override
                    protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
                        return size() > size;
                    }
                });
    }

    private static LongAdder[] adders() {
        return Stream.generate(LongAdder::new)
                .limit(Reason.values().length)
                .toArray(LongAdder[]::new);
    }

    /** How long a session is kept without a connection. */
    public Duration grace() {
        return properties.grace();
    }

    /** How many bytes are kept for the client of one session. */
    public long maxBufferedBytes() {
        return properties.maxBuffered().toBytes();
    }

    /**
     * Makes a session resumable.
     *
     * @param session plain, and nothing has been sent to its client yet
     * @param greeting makes the message that the client is given its token with
     */
    public void open(McpSession session, Function<Grant, Outbound> greeting) {
        var tokens = new ResumeTokens(digest -> byToken.put(digest, session), byToken::remove);
        var lasting = new ResumableConnection(session.connection(), maxBufferedBytes(), tokens);
        sessions.put(session, lasting);
        lasting.open(() -> session.resumable(lasting), greeting);
    }

    /**
     * Resumes the session that {@code token} stands for on the connection of another.
     *
     * @param fresh the session of the connection that the client asks from; it ends if this one is
     *     resumed
     * @param received the last message that the client has, at least 0
     * @param greeting makes the message that the client is given its next token with
     */
    public Resumption resume(
            McpSession fresh,
            ResumeToken token,
            String epoch,
            long received,
            Function<Grant, Outbound> greeting) {
        String digest = token.digest();
        McpSession session = byToken.get(digest);
        Reason reason =
                session == null
                        ? formerReason(digest, fresh.caller())
                        : attach(session, fresh, digest, epoch, received, greeting);
        if (session == null || reason != null) {
            return refuse(reason == null ? Reason.UNKNOWN : reason);
        }
        session.identity().present(fresh.caller());
        registry.remove(fresh);
        fresh.end();
        resumed.increment();
        log.debug("resumed {}", session.connection().id());
        return new Resumed(session);
    }

    private @Nullable Reason attach(
            McpSession session,
            McpSession fresh,
            String digest,
            String epoch,
            long received,
            Function<Grant, Outbound> greeting) {
        ResumableConnection lasting = sessions.get(session);
        if (!session.caller().name().equals(fresh.caller().name())) {
            return Reason.NOT_YOURS;
        }
        if (lasting == null
                || !lasting.epoch().equals(epoch)
                || !session.endpoint().equals(fresh.endpoint())) {
            return Reason.UNKNOWN;
        }
        return lasting.attach(fresh.connection(), digest, received, greeting);
    }

    private Reason formerReason(String digest, Caller caller) {
        Former known = former.get(digest);
        if (known == null) {
            return Reason.UNKNOWN;
        }
        return known.principal().equals(caller.name()) ? known.reason() : Reason.NOT_YOURS;
    }

    private Refused refuse(Reason reason) {
        refused[reason.ordinal()].increment();
        return new Refused(reason);
    }

    /**
     * Counts an attempt with an unknown token; true when the principal has made too many within a
     * minute.
     */
    public boolean isGuessing(Caller caller, long nowNanos) {
        return guesses.computeIfAbsent(caller.name(), _ -> new Strikes()).add(nowNanos);
    }

    /**
     * The connection of a session is gone.
     *
     * @param mayResume whether the client is expected back
     */
    public void disconnected(McpSession session, Connection gone, boolean mayResume) {
        ResumableConnection lasting = sessions.get(session);
        if (lasting == null || !lasting.detach(gone, System.nanoTime())) {
            return;
        }
        if (mayResume) {
            log.debug("detached {}", lasting.id());
            makeRoom(session.caller());
        } else {
            lasting.end(Reason.UNKNOWN);
            conclude(session, lasting);
        }
    }

    /**
     * Over the limit the session that waits longest ends, one of the same principal if any does.
     */
    private void makeRoom(Caller newest) {
        List<Map.Entry<McpSession, ResumableConnection>> detached = detached();
        if (detached.size() <= properties.maxDetached()) {
            return;
        }
        detached.stream()
                .filter(each -> each.getKey().caller().name().equals(newest.name()))
                .min(LONGEST_AWAY_FIRST)
                .or(() -> detached.stream().min(LONGEST_AWAY_FIRST))
                .ifPresent(longest -> {
                    longest.getValue().expireIfAway(0, System.nanoTime());
                    conclude(longest.getKey(), longest.getValue());
                });
    }

    private List<Map.Entry<McpSession, ResumableConnection>> detached() {
        return sessions.entrySet().stream().filter(each -> each.getValue().isDetached()).toList();
    }

    @Scheduled(fixedDelay = 200)
    void sweep() {
        long now = System.nanoTime();
        sessions.forEach((session, lasting) -> {
            lasting.closeIfStalled(now);
            lasting.expireIfAway(grace().toNanos(), now);
            conclude(session, lasting);
        });
    }

    /** Cancels the work and forgets the session, if its connection has ended. */
    private void conclude(McpSession session, ResumableConnection lasting) {
        Reason reason = lasting.ended();
        if (reason == null || sessions.remove(session) == null) {
            return;
        }
        lasting.goodTokens()
                .forEach(digest -> {
                    former.put(digest, new Former(session.caller().name(), reason));
                    byToken.remove(digest);
                });
        registry.remove(session);
        session.end();
        ended[reason.ordinal()].increment();
        log.atDebug()
                .addKeyValue("session", lasting.id())
                .addKeyValue("reason", reason.wireName())
                .log("a resumable session has ended");
    }

    /** Ends them all. */
    @Override
    public void close() {
        sessions.forEach((session, lasting) -> {
            lasting.end(Reason.UNKNOWN);
            conclude(session, lasting);
        });
    }

    /** Whether another node can go on with them when this one stops: here they end with it. */
    public boolean outliveNode() {
        return false;
    }

    /** Whether something is being worked on whose answer another node can hand out. */
    public boolean areAtWork() {
        return outliveNode()
                && sessions.keySet().stream().anyMatch(session -> !session.inFlight().isIdle());
    }

    /**
     * This node stops: from now on nothing more is taken from the session's client, who is about to
     * be sent away. To be called when nothing is in flight, before its connection is closed.
     */
    public void park(McpSession session) {
        ResumableConnection lasting = sessions.get(session);
        if (lasting != null) {
            lasting.park();
        }
    }

    /** Sessions without a connection at present. */
    public int detachedCount() {
        return detached().size();
    }

    /** Bytes kept for clients, of all sessions together. */
    public long bufferedBytes() {
        return sessions.values().stream().mapToLong(ResumableConnection::queuedBytes).sum();
    }

    /** Successful attempts so far. */
    public long resumed() {
        return resumed.sum();
    }

    /** Refused attempts so far. */
    public long refused(Reason reason) {
        return refused[reason.ordinal()].sum();
    }

    /** Sessions so far that ended; {@link Reason#UNKNOWN} are those that were closed. */
    public long ended(Reason reason) {
        return ended[reason.ordinal()].sum();
    }
}
