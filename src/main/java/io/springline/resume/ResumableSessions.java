package io.springline.resume;

import io.springline.resume.DetachedSessions.Excess;
import io.springline.resume.connection.OutboundLog;
import io.springline.resume.connection.ResumableConnection;
import io.springline.resume.store.ResumeResult;
import io.springline.resume.store.ResumeResult.Grant;
import io.springline.resume.store.ResumeResult.Reason;
import io.springline.resume.store.ResumeResult.Refused;
import io.springline.resume.store.ResumeResult.Resumed;
import io.springline.resume.store.ResumeToken;
import io.springline.resume.store.SessionLease;
import io.springline.resume.store.SessionStore;
import io.springline.resume.store.SessionStore.Binding;
import io.springline.resume.store.SessionStore.Claimed;
import io.springline.resume.store.StoredSession;
import io.springline.session.Caller;
import io.springline.session.Connection;
import io.springline.session.McpSession;
import io.springline.session.Outbound;
import io.springline.session.SessionRegistry;
import io.springline.session.SessionRuntime;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The resumable sessions of this node. Attached sessions are limited by the number of connections.
 * Detached sessions are limited in number, in time by the {@linkplain SessionProperties#grace grace
 * period}, and in bytes. Safe for use by many threads.
 */
public final class ResumableSessions implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ResumableSessions.class);

    /** How long {@link #close} waits for handlers that were cancelled. */
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(3);

    /**
     * The suffix of the epoch of CBOR sessions: messages are kept encoded, so a client must resume
     * with the same encoding.
     */
    private static final String BINARY = "-cbor";

    private static final Pattern EPOCH = Pattern.compile("[0-9a-f]{8}(" + BINARY + ")?");

    /**
     * The highest message number that a client may claim. The Lua scripts count exactly beyond it.
     */
    static final long MAX_COUNT = 1_000_000_000_000L;

    private final SessionRegistry registry;
    private final SessionProperties properties;
    private final SessionStore store;
    private final SessionRuntime runtime;
    private final OwnedSessions sessions;
    private final NamedSessions named;
    private final FailedResumeAttempts failedAttempts = new FailedResumeAttempts();
    private final ResumeCounters counters = new ResumeCounters();

    public ResumableSessions(
            SessionRegistry registry, SessionProperties properties, SessionStore store) {
        this(registry, properties, store, SessionRuntime.SYSTEM);
    }

    public ResumableSessions(
            SessionRegistry registry,
            SessionProperties properties,
            SessionStore store,
            SessionRuntime runtime) {
        this.registry = registry;
        this.runtime = runtime;
        this.properties = properties;
        this.store = store;
        this.sessions =
                new OwnedSessions(
                        new DetachedSessions(properties.maxDetached()),
                        new FormerSessions(registry, runtime));
        this.named = new NamedSessions(this, store, runtime);
        store.listen(new StoreEvents(sessions, store.node()));
    }

    /** Returns the numbers of resumed, refused and ended sessions. */
    public ResumeCounters counters() {
        return counters;
    }

    /** Returns how long a detached session waits for its client. */
    public Duration grace() {
        return properties.grace();
    }

    /** Returns how many bytes of unacknowledged messages one session keeps. */
    public long maxBufferedBytes() {
        return properties.maxBufferedBytes();
    }

    /**
     * Makes a session resumable, and sends its client the first token. Blocks for a bounded time
     * until other nodes can claim the session or the store counts as unreachable.
     *
     * @param session a session that is not resumable, with nothing sent to its client yet
     * @param greeting makes the message that carries the token
     */
    public void open(McpSession session, Function<Grant, Outbound> greeting)
            throws InterruptedException {
        String count = UUID.randomUUID().toString().substring(0, 8);
        String epoch = session.codec().isBinary() ? count + BINARY : count;
        ResumeToken token = ResumeToken.random(runtime.newSessionId());
        Binding binding = binding(token, session, epoch);
        var stored = StoredSession.opened(token.digest(), session.state());
        OwnedSession owned = add(session, token, binding, store.open(binding, stored).lease());
        Connection socket = session.connection();
        owned.resumable().open(socket, token, owned::persist, greeting);
        ready(owned);
    }

    /** Returns the sessions whose clients name them with each request (HTTP). */
    public NamedSessions named() {
        return named;
    }

    /** Adds a session that the store has just recorded. */
    OwnedSession add(McpSession session, ResumeToken token, Binding binding, SessionLease lease) {
        var resumable =
                new ResumableConnection(
                        binding, lease, token, emptyLog(session), runtime.nanoTime());
        var owned = new OwnedSession(session, resumable);
        sessions.add(owned);
        return owned;
    }

    private OutboundLog emptyLog(McpSession session) {
        return new OutboundLog(maxBufferedBytes(), session.identity().unreadAccount());
    }

    static Binding binding(ResumeToken token, McpSession session, String epoch) {
        return new Binding(token.session(), session.caller().name(), session.endpoint(), epoch);
    }

    /**
     * Makes a fresh session the claimed one.
     *
     * @param received the number of the last message that the client has received
     * @return null if a later claim has won
     */
    @Nullable OwnedSession adopt(
            McpSession fresh, Binding binding, Claimed claimed, long received) {
        var resumable =
                ResumableConnection.claimed(
                        binding, claimed, received, emptyLog(fresh), runtime.nanoTime());
        fresh.restore(claimed.session().state(), claimed.lease().fence());
        var owned = new OwnedSession(fresh, resumable);
        if (sessions.tryReplace(owned)) {
            return owned;
        }
        resumable.handover().discard();
        return null;
    }

    /** Records that a session of another node continues here, with its connection attached. */
    Resumed tookOver(OwnedSession owned) {
        owned.lookElsewhere(store::checkAlive);
        ready(owned);
        counters.recordResumed();
        log.debug("took over {}", owned.resumable().id());
        return Resumed.takenOver(owned.session());
    }

    /**
     * Records that a session of this node continues on the connection of {@code fresh}, which ends.
     */
    Resumed resumedHere(OwnedSession owned, McpSession fresh) {
        // The client may have disconnected again already.
        makeRoom(owned);
        owned.session().identity().present(fresh.caller());
        registry.remove(fresh);
        fresh.end();
        counters.recordResumed();
        log.debug("resumed {}", owned.resumable().id());
        return Resumed.here(owned.session());
    }

    /**
     * Resumes the session of a token on the connection of another session. If this node does not
     * own the session, claims it in the store. Blocks for a bounded time.
     *
     * @param fresh the session of the connection from which the client asked. If this node owns the
     *     resumed session, {@code fresh} ends; otherwise it becomes the resumed session
     * @param received the number of the last message that the client has received, at least 0
     * @param greeting makes the message that carries the next token
     */
    public ResumeResult resume(
            McpSession fresh,
            ResumeToken token,
            String epoch,
            long received,
            Function<Grant, Outbound> greeting)
            throws InterruptedException {
        if (!EPOCH.matcher(epoch).matches()
                || epoch.endsWith(BINARY) != fresh.codec().isBinary()
                || received > MAX_COUNT) {
            return refuse(Reason.UNKNOWN);
        }
        Binding binding = binding(token, fresh, epoch);
        return new ResumeAttempt(this, sessions, store, fresh, binding, token, received, greeting)
                .run();
    }

    /**
     * Lets the store send notices for the session, and releases the session if the store has
     * already refused a write.
     */
    void ready(OwnedSession owned) {
        owned.resumable().lease().ready();
        if (owned.resumable().lease().isLost()) {
            sessions.letGo(owned);
        }
    }

    /** Counts a refused attempt. */
    public Refused refuse(Reason reason) {
        counters.recordRefused(reason);
        return new Refused(reason);
    }

    /**
     * Counts an attempt with an unknown token; true when the principal has made too many within a
     * minute.
     */
    public boolean recordFailedAttempt(Caller caller, long nowNanos) {
        return failedAttempts.add(caller.name(), nowNanos);
    }

    /** Detaches the session from a connection that has closed. Its client may come back. */
    public void detach(McpSession session, Connection gone) {
        OwnedSession owned = sessions.find(session);
        if (owned != null && owned.resumable().detach(gone, runtime.nanoTime())) {
            log.debug("detached {}", owned.resumable().id());
            makeRoom(owned);
        }
    }

    /**
     * Ends the session of a connection that has closed, unless it has another connection by now.
     * The client cannot resume it.
     */
    public void endWith(McpSession session, Connection gone) {
        OwnedSession owned = sessions.find(session);
        if (owned != null && owned.resumable().detach(gone, runtime.nanoTime())) {
            end(owned);
        }
    }

    /** Ends a session, whether its client is attached or not. The client cannot resume it. */
    public void end(McpSession session) {
        OwnedSession owned = sessions.find(session);
        if (owned != null) {
            end(owned);
        }
    }

    private void end(OwnedSession owned) {
        owned.resumable().end(Reason.UNKNOWN);
        conclude(owned);
    }

    private void makeRoom(OwnedSession newest) {
        Excess excess = sessions.updateDetached(newest);
        if (excess != null) {
            excess.session().resumable().expireIfStillAway(excess.since());
            conclude(excess.session());
        }
    }

    public void sweep() {
        sweep(runtime.nanoTime());
        sessions.former().sweep();
    }

    public void sweep(long now) {
        for (OwnedSession owned : sessions.all()) {
            owned.resumable().closeIfStalled(now);
            owned.resumable().expireIfAway(grace().toNanos(), now);
            conclude(owned);
        }
    }

    /**
     * Checks the calls that other nodes run for sessions of this node, and answers those whose node
     * has died.
     */
    public void lookElsewhere() {
        sessions.all().forEach(owned -> owned.lookElsewhere(store::checkAlive));
    }

    /** Cancels the requests of a session and removes it, if its connection has ended. */
    private void conclude(OwnedSession owned) {
        ResumableConnection resumable = owned.resumable();
        Reason reason = resumable.ended();
        if (reason == null || !sessions.tryRemove(owned)) {
            return;
        }
        registry.remove(owned.session());
        // Runs the cancel actions of handlers: neither the sweep nor another session waits for
        // them.
        runtime.execute(owned.session()::end);
        counters.recordEnded(reason);
        log.atDebug()
                .addKeyValue("session", resumable.id())
                .addKeyValue("reason", reason.wireName())
                .log("a resumable session has ended");
    }

    /**
     * Stops all sessions of this node. If other nodes share the store, the sessions stay there for
     * their clients. Blocks for at most 3 s until cancelled handlers have returned.
     */
    @Override
    public void close() {
        Set<OwnedSession> ending = sessions.withFormer();
        for (OwnedSession each : ending) {
            each.resumable().lease().park();
            registry.remove(each.session());
        }
        var left = new CountDownLatch(ending.size());
        for (OwnedSession each : ending) {
            runtime.execute(() -> {
                each.session().end();
                left.countDown();
            });
        }
        try {
            if (!left.await(STOP_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                log.atWarn()
                        .addKeyValue("sessions", left.getCount())
                        .log("stopping although handlers of these sessions are still running");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns true if other nodes can take over the sessions when this node stops. */
    public boolean outliveNode() {
        return store.isShared();
    }

    /** Returns true if a request is running whose answer another node can deliver. */
    public boolean areAtWork() {
        return outliveNode() && sessions.areAtWork();
    }

    /**
     * Stops serving messages of the session's client, because this node is stopping. To be called
     * when nothing is in flight, before the connection is closed.
     */
    public void park(McpSession session) {
        OwnedSession owned = sessions.find(session);
        if (owned != null) {
            owned.resumable().park();
        }
    }

    /** Returns the number of sessions of this node, attached and detached. */
    public int count() {
        return sessions.all().size();
    }

    /** Returns the number of detached sessions. */
    public int detachedCount() {
        return sessions.detachedCount();
    }

    /** Returns the bytes of unacknowledged messages of all sessions. */
    public long bufferedBytes() {
        return sessions.all().stream().mapToLong(each -> each.resumable().queuedBytes()).sum();
    }
}
