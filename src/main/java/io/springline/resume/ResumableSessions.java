package io.springline.resume;

import io.springline.mcp.CloseReason;
import io.springline.resume.DetachedSessions.Excess;
import io.springline.resume.store.ResumeResult;
import io.springline.resume.store.ResumeResult.Grant;
import io.springline.resume.store.ResumeResult.Reason;
import io.springline.resume.store.ResumeResult.Refused;
import io.springline.resume.store.ResumeResult.Resumed;
import io.springline.resume.store.ResumeResult.Unavailable;
import io.springline.resume.store.ResumeToken;
import io.springline.resume.store.SessionLease;
import io.springline.resume.store.SessionStore;
import io.springline.resume.store.SessionStore.Attempt;
import io.springline.resume.store.SessionStore.Away;
import io.springline.resume.store.SessionStore.Binding;
import io.springline.resume.store.SessionStore.Claimed;
import io.springline.resume.store.SessionStore.Denied;
import io.springline.session.Caller;
import io.springline.session.Connection;
import io.springline.session.McpSession;
import io.springline.session.Outbound;
import io.springline.session.SessionRegistry;
import io.springline.session.SessionRuntime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
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
    private static final long MAX_COUNT = 1_000_000_000_000L;

    private final SessionRegistry registry;
    private final SessionProperties properties;
    private final SessionStore store;
    private final SessionRuntime runtime;
    private final Map<String, OwnedSession> sessions = new ConcurrentHashMap<>();
    private final DetachedSessions detached;
    private final FormerSessions moved;
    private final FailedResumeAttempts guesses = new FailedResumeAttempts();
    private final LongAdder resumed = new LongAdder();
    private final LongAdder[] refused = adders();
    private final LongAdder[] ended = adders();

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
        this.detached = new DetachedSessions(properties.maxDetached());
        this.moved = new FormerSessions(registry, runtime);
        store.listen(new StoreEvents(sessions, moved, store.node(), this::letGo));
    }

    private static LongAdder[] adders() {
        return Stream.generate(LongAdder::new)
                .limit(Reason.values().length)
                .toArray(LongAdder[]::new);
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
        String id = runtime.newSessionId();
        ResumeToken token = ResumeToken.random(id);
        String count = UUID.randomUUID().toString().substring(0, 8);
        String epoch = session.codec().isBinary() ? count + BINARY : count;
        var binding = new Binding(id, session.caller().name(), session.endpoint(), epoch);
        SessionLease lease = store.open(binding, token.digest());
        var lasting =
                new ResumableConnection(
                        binding,
                        lease,
                        new DeliveryJournal(lease, maxBufferedBytes()),
                        new ResumeTokens(token.digest()),
                        runtime.nanoTime());
        var owned = new OwnedSession(session, lasting);
        sessions.put(id, owned);
        Connection socket = session.connection();
        lasting.open(socket, token, () -> session.persist(lasting, lasting), greeting);
        ready(owned);
    }

    /**
     * Makes a session resumable whose client names it with each request (HTTP). Blocks for a
     * bounded time, as {@link #open}.
     *
     * @return the token by which the client names the session
     */
    public ResumeToken openNamed(McpSession session) throws InterruptedException {
        String id = runtime.newSessionId();
        ResumeToken token = ResumeToken.random(id);
        Binding binding = named(id, session);
        SessionLease lease = store.open(binding, token.digest());
        var lasting =
                new ResumableConnection(
                        binding,
                        lease,
                        new DeliveryJournal(lease, maxBufferedBytes()),
                        new ResumeTokens(token.digest()),
                        runtime.nanoTime());
        var owned = new OwnedSession(session, lasting);
        sessions.put(id, owned);
        Connection streams = session.connection();
        lasting.open(streams, () -> session.persist(lasting, lasting));
        ready(owned);
        return token;
    }

    private static Binding named(String id, McpSession session) {
        return new Binding(id, session.caller().name(), session.endpoint(), Binding.NAMED);
    }

    /**
     * Claims a session that the client names with each request (HTTP) from another node. Blocks for
     * a bounded time.
     *
     * @param fresh a new session that becomes the claimed one
     * @param sent receives the number of the last message, before another is sent
     */
    public ResumeResult claimNamed(McpSession fresh, ResumeToken token, LongConsumer sent)
            throws InterruptedException {
        Binding binding = named(token.session(), fresh);
        var attempt = new Attempt(binding, token.digest(), token.digest(), MAX_COUNT);
        return switch (store.claim(attempt)) {
            case Claimed claimed -> takeOver(fresh, binding, claimed, sent);
            case Denied(var reason) -> refuse(reason);
            case Away() -> new Unavailable();
        };
    }

    private ResumeResult takeOver(
            McpSession fresh, Binding binding, Claimed claimed, LongConsumer sent) {
        var ledger = new DeliveryJournal(claimed.lease(), maxBufferedBytes());
        ledger.restore(claimed.session(), claimed.session().acknowledged());
        var lasting =
                new ResumableConnection(
                        binding,
                        claimed.lease(),
                        ledger,
                        new ResumeTokens(claimed.session().tokens()),
                        runtime.nanoTime());
        fresh.restore(claimed.session().state(), claimed.lease().fence());
        var owned = new OwnedSession(fresh, lasting);
        if (!replace(owned)) {
            return new Unavailable();
        }
        sent.accept(claimed.session().sent());
        Connection streams = fresh.connection();
        lasting.open(streams, () -> fresh.persist(lasting, lasting));
        owned.lookElsewhere(store::isAlive);
        ready(owned);
        resumed.increment();
        return new Resumed(fresh, true);
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
        String id = token.session();
        ResumeToken next = ResumeToken.random(id);
        var binding = new Binding(id, fresh.caller().name(), fresh.endpoint(), epoch);
        var attempt = new Attempt(binding, token.digest(), next.digest(), received);
        Connection socket = fresh.connection();
        OwnedSession owned = sessions.get(id);
        if (owned != null && owned.lasting().isGood(token.digest())) {
            ResumeToken offered = offer(owned, attempt, token, next);
            ResumeResult here =
                    offered == null ? null : resumeHere(owned, fresh, attempt, offered, greeting);
            if (here instanceof Resumed && offered == token) {
                owned.lasting().unconfirmed(socket);
            }
            if (here instanceof Refused && offered == token) {
                return new Unavailable(); // another node may have a later state
            }
            if (here != null && (here instanceof Resumed || sessions.get(id) == owned)) {
                return here;
            }
            // another node owns the session
        }
        return switch (store.claim(attempt)) {
            case Claimed claimed -> takeOver(fresh, claimed, attempt, next, greeting);
            case Denied(var reason) -> refuse(reason);
            case Away() -> new Unavailable();
        };
    }

    /**
     * Returns the token to send to the client: {@code next} once the store has it, or {@code shown}
     * if the store is unreachable, since another node would not know {@code next}. Returns null if
     * another node owns the session; a node that was disconnected from the store learns it here.
     */
    private @Nullable ResumeToken offer(
            OwnedSession owned, Attempt attempt, ResumeToken shown, ResumeToken next)
            throws InterruptedException {
        if (!owned.lasting().binding().equals(attempt.binding())) {
            return next; // resumeHere refuses the attempt
        }
        return switch (owned.lasting().offer(attempt.nextDigest())) {
            case KEPT -> next;
            case ALONE -> shown;
            case LOST -> {
                letGo(owned);
                yield null;
            }
        };
    }

    private ResumeResult resumeHere(
            OwnedSession owned,
            McpSession fresh,
            Attempt attempt,
            ResumeToken next,
            Function<Grant, Outbound> greeting) {
        ResumableConnection lasting = owned.lasting();
        if (!lasting.binding().principal().equals(fresh.caller().name())) {
            return refuse(Reason.NOT_YOURS);
        }
        if (!lasting.binding().equals(attempt.binding())) {
            return refuse(Reason.UNKNOWN);
        }
        Reason reason =
                lasting.attach(
                        fresh.connection(), attempt.digest(), next, attempt.received(), greeting);
        if (reason != null) {
            return refuse(reason);
        }
        // The client may have disconnected again already.
        makeRoom(owned);
        owned.session().identity().present(fresh.caller());
        registry.remove(fresh);
        fresh.end();
        resumed.increment();
        log.debug("resumed {}", lasting.id());
        return new Resumed(owned.session(), false);
    }

    private ResumeResult takeOver(
            McpSession fresh,
            Claimed claimed,
            Attempt attempt,
            ResumeToken next,
            Function<Grant, Outbound> greeting) {
        Connection socket = fresh.connection();
        var ledger = new DeliveryJournal(claimed.lease(), maxBufferedBytes());
        ledger.restore(claimed.session(), attempt.received());
        var lasting =
                new ResumableConnection(
                        attempt.binding(),
                        claimed.lease(),
                        ledger,
                        new ResumeTokens(claimed.session().tokens()),
                        runtime.nanoTime());
        fresh.restore(claimed.session().state(), claimed.lease().fence());
        var owned = new OwnedSession(fresh, lasting);
        if (!replace(owned)) {
            return new Unavailable();
        }
        fresh.persist(lasting, lasting);
        if (lasting.attach(socket, attempt.digest(), next, attempt.received(), greeting) != null) {
            log.debug("lost again: {}", lasting.id());
            letGo(owned);
            socket.close(CloseReason.TRY_AGAIN_LATER);
            return new Unavailable();
        }
        owned.lookElsewhere(store::isAlive);
        ready(owned);
        resumed.increment();
        log.debug("took over {}", lasting.id());
        return new Resumed(fresh, true);
    }

    /**
     * Registers a claimed session, replacing an earlier one with the same id. If a session was
     * claimed several times, the highest fencing token wins, in whatever order the answers arrive.
     *
     * @return false if a later claim has won
     */
    private boolean replace(OwnedSession claimed) {
        String id = claimed.lasting().id();
        OwnedSession before = sessions.get(id);
        while (before == null || before.fence() < claimed.fence()) {
            if (before == null
                    ? sessions.putIfAbsent(id, claimed) == null
                    : sessions.replace(id, before, claimed)) {
                if (before != null) {
                    moved.add(before.session(), before.lasting());
                    detached.update(before);
                }
                return true;
            }
            before = sessions.get(id);
        }
        log.debug("a later claim has won: {}", id);
        return false;
    }

    /**
     * Lets the store send notices for the session, and releases the session if the store has
     * already refused a write.
     */
    private void ready(OwnedSession owned) {
        owned.lasting().lease().ready();
        if (owned.lasting().lease().isLost()) {
            letGo(owned);
        }
    }

    private void letGo(OwnedSession owned) {
        ResumableConnection lasting = owned.lasting();
        if (!sessions.remove(lasting.id(), owned)) {
            return;
        }
        moved.add(owned.session(), lasting);
        detached.update(owned);
        log.debug("another node owns {}", lasting.id());
    }

    /** Counts a refused attempt. */
    public Refused refuse(Reason reason) {
        refused[reason.ordinal()].increment();
        return new Refused(reason);
    }

    /**
     * Counts an attempt with an unknown token; true when the principal has made too many within a
     * minute.
     */
    public boolean recordFailedAttempt(Caller caller, long nowNanos) {
        return guesses.add(caller.name(), nowNanos);
    }

    /**
     * Detaches the session from a connection that has closed.
     *
     * @param mayResume whether the client may come back. If not, the session ends
     */
    public void disconnected(McpSession session, Connection gone, boolean mayResume) {
        OwnedSession owned = owned(session);
        if (owned == null || !owned.lasting().detach(gone, runtime.nanoTime())) {
            return;
        }
        if (mayResume) {
            log.debug("detached {}", owned.lasting().id());
            makeRoom(owned);
        } else {
            owned.lasting().end(Reason.UNKNOWN);
            conclude(owned);
        }
    }

    private @Nullable OwnedSession owned(McpSession session) {
        OwnedSession owned = sessions.get(session.connection().id());
        return owned != null && owned.session() == session ? owned : null;
    }

    private void makeRoom(OwnedSession newest) {
        Excess excess = detached.update(newest);
        if (excess != null) {
            excess.session().lasting().expireIfStillAway(excess.since());
            conclude(excess.session());
        }
    }

    public void sweep() {
        sweep(runtime.nanoTime());
        moved.sweep();
    }

    public void sweep(long now) {
        for (OwnedSession owned : sessions.values()) {
            owned.lasting().closeIfStalled(now);
            owned.lasting().expireIfAway(grace().toNanos(), now);
            conclude(owned);
        }
    }

    /**
     * Checks the calls that other nodes run for sessions of this node, and answers those whose node
     * has died.
     */
    public void lookElsewhere() {
        sessions.values().forEach(owned -> owned.lookElsewhere(store::isAlive));
    }

    /** Cancels the requests of a session and removes it, if its connection has ended. */
    private void conclude(OwnedSession owned) {
        ResumableConnection lasting = owned.lasting();
        Reason reason = lasting.ended();
        if (reason == null || !sessions.remove(lasting.id(), owned)) {
            return;
        }
        detached.update(owned);
        registry.remove(owned.session());
        // Runs the cancel actions of handlers: neither the sweep nor another session waits for
        // them.
        runtime.execute(owned.session()::end);
        ended[reason.ordinal()].increment();
        log.atDebug()
                .addKeyValue("session", lasting.id())
                .addKeyValue("reason", reason.wireName())
                .log("a resumable session has ended");
    }

    /**
     * Stops all sessions of this node. If other nodes share the store, the sessions stay there for
     * their clients. Blocks for at most 3 s until cancelled handlers have returned.
     */
    @Override
    public void close() {
        List<McpSession> ending = new ArrayList<>(moved.all());
        for (OwnedSession owned : sessions.values()) {
            owned.lasting().lease().park();
            registry.remove(owned.session());
            ending.add(owned.session());
        }
        var left = new CountDownLatch(ending.size());
        for (McpSession session : ending) {
            runtime.execute(() -> {
                session.end();
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
        return outliveNode()
                && (moved.areAtWork()
                        || sessions.values().stream()
                                .anyMatch(owned -> !owned.session().inFlight().isIdle()));
    }

    /**
     * Stops serving messages of the session's client, because this node is stopping. To be called
     * when nothing is in flight, before the connection is closed.
     */
    public void park(McpSession session) {
        OwnedSession owned = owned(session);
        if (owned != null) {
            owned.lasting().park();
        }
    }

    /** Returns the number of sessions of this node, attached and detached. */
    public int count() {
        return sessions.size();
    }

    /** Returns the number of detached sessions. */
    public int detachedCount() {
        return detached.count();
    }

    /** Returns the bytes of unacknowledged messages of all sessions. */
    public long bufferedBytes() {
        return sessions.values().stream().mapToLong(each -> each.lasting().queuedBytes()).sum();
    }

    /** Returns the number of successful attempts since the start. */
    public long resumed() {
        return resumed.sum();
    }

    /** Returns the number of attempts refused for this reason since the start. */
    public long refused(Reason reason) {
        return refused[reason.ordinal()].sum();
    }

    /**
     * Returns the number of sessions that ended for this reason since the start. {@link
     * Reason#UNKNOWN} stands for sessions that were closed.
     */
    public long ended(Reason reason) {
        return ended[reason.ordinal()].sum();
    }
}
