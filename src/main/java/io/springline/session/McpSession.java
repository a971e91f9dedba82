package io.springline.session;

import io.springline.concurrent.StateLock;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.mcp.LogLevel;
import io.springline.session.LegacyState.LegacyClient;
import io.springline.session.LegacyState.Negotiated;
import io.springline.session.LegacyState.None;
import io.springline.session.LegacyState.Operational;
import io.springline.session.limit.ProcessorShare;
import io.springline.session.limit.RateLimiter;
import io.springline.session.limit.SessionLimits;
import io.springline.session.limit.SlidingWindowCounter;
import io.springline.session.limit.UnreadMemory;
import io.springline.session.request.HandlerActions;
import io.springline.session.request.InFlightRequests;
import io.springline.session.request.OutgoingRequests;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An MCP session with one client: negotiated state, requests in flight, subscriptions and limits.
 * It ends with its connection unless it is {@linkplain #isResumable resumable}. Safe for use by
 * many threads.
 */
public final class McpSession {

    /** The name of the main endpoint, which offers all features. */
    public static final String MAIN_ENDPOINT = "";

    private final String endpoint;
    private final Identity identity;
    private final JsonRpcCodec codec;
    private final InFlightRequests inFlight;
    private final UnreadMemory.Account results;
    private final OutgoingRequests outgoing = new OutgoingRequests();
    private final Subscriptions subscriptions = new Subscriptions();
    private final SlidingWindowCounter malformedMessages = new SlidingWindowCounter();
    private final RateLimiter rate;
    private final List<Runnable> endActions = new ArrayList<>(0);
    private final StateLock changes = new StateLock();
    private volatile @Nullable McpSession successor;
    private boolean ended;
    private boolean resumeTried;
    private volatile boolean messageSent;
    private volatile Connection connection;
    private volatile SessionPersistence persistence = SessionPersistence.NONE;
    private volatile LegacyState legacy = new None();
    private volatile LogLevel logLevel = LogLevel.INFO;
    private volatile @Nullable Peer peer;

    /** Creates a session at the main endpoint. */
    public McpSession(
            Caller caller, Connection connection, JsonRpcCodec codec, SessionLimits limits) {
        this(MAIN_ENDPOINT, new Identity(caller), connection, codec, limits);
    }

    public McpSession(
            String endpoint,
            Identity identity,
            Connection connection,
            JsonRpcCodec codec,
            SessionLimits limits) {
        this.endpoint = Objects.requireNonNull(endpoint, "endpoint");
        this.identity = Objects.requireNonNull(identity, "identity");
        this.connection = Objects.requireNonNull(connection, "connection");
        this.codec = Objects.requireNonNull(codec, "codec");
        this.results = identity.unreadAccount();
        this.rate = new RateLimiter(limits.rate());
        this.inFlight = new InFlightRequests(limits.maxInFlight(), limits.timeout());
    }

    /** Returns the name of the endpoint that the client uses, {@link #MAIN_ENDPOINT} or another. */
    public String endpoint() {
        return endpoint;
    }

    public Identity identity() {
        return identity;
    }

    /** Returns the caller. It changes when the client presents a credential on its connection. */
    public Caller caller() {
        return identity.caller();
    }

    /** Returns the caller's share of the processors. */
    public ProcessorShare share() {
        return identity.share();
    }

    public Connection connection() {
        return connection;
    }

    /** Returns true if the session continues when its client reconnects. */
    public boolean isResumable() {
        return persistence != SessionPersistence.NONE;
    }

    /**
     * Returns what the session has kept, {@link SessionPersistence#NONE} if it is not resumable.
     */
    public SessionPersistence persistence() {
        return persistence;
    }

    /**
     * Makes the session resumable.
     *
     * @param surviving the session's connection from now on, which survives reconnects
     */
    public void persist(Connection surviving, SessionPersistence kept) {
        persistence = kept;
        connection = surviving;
    }

    /** Restores the state that another node has written. */
    public void restore(SessionState state, long fence) {
        legacy = state.legacy();
        logLevel = state.logLevel();
        peer = state.peer();
        subscriptions.restore(state.uris(), state.listens(), state.opening());
        outgoing.generation(fence);
    }

    public SessionState state() {
        return subscriptions.state(legacy, logLevel, peer);
    }

    /**
     * Writes the state of the session. To be called with no lock held after a change that another
     * node needs to continue the session. Does not block.
     */
    public void changed() {
        write();
    }

    /**
     * Writes the state of the session, and blocks for a bounded time until other nodes can see it.
     * To be called before the client learns of the change.
     *
     * @throws MovedException if another node owns the session
     */
    public void agreed() throws InterruptedException {
        write().await();
    }

    private SessionPersistence.Write write() {
        if (!isResumable()) {
            return () -> {};
        }
        try (var _ = changes.hold()) {
            return persistence.writeState(state());
        }
    }

    /**
     * Sends a client's message about an unknown request to the nodes that run requests of the
     * session.
     */
    public void forwardToOtherNodes(JsonRpcMessage message) {
        persistence.forward(() -> share().run(() -> codec.encode(message)));
    }

    /** Returns true on the first call: a session may make one attempt to resume another one. */
    public boolean tryResume() {
        boolean first = !resumeTried;
        resumeTried = true;
        return first;
    }

    /**
     * Returns true if the client has sent any message other than the opening of a resumable
     * session.
     */
    public boolean hasSentMessage() {
        return messageSent;
    }

    public void recordMessage() {
        if (!messageSent) {
            messageSent = true;
        }
    }

    /** Returns the codec of the client's messages. */
    public JsonRpcCodec codec() {
        return codec;
    }

    public InFlightRequests inFlight() {
        return inFlight;
    }

    /** Returns the account of results that are ready and not yet queued. */
    public UnreadMemory.Account results() {
        return results;
    }

    public OutgoingRequests outgoing() {
        return outgoing;
    }

    public Subscriptions subscriptions() {
        return subscriptions;
    }

    public SlidingWindowCounter malformedMessages() {
        return malformedMessages;
    }

    public RateLimiter rate() {
        return rate;
    }

    public LegacyState legacy() {
        return legacy;
    }

    /**
     * Records an accepted {@code initialize}. Returns false, with nothing changed, if one was
     * accepted before.
     */
    public boolean negotiate(LegacyClient client) throws InterruptedException {
        synchronized (this) {
            if (!(legacy instanceof None)) {
                return false;
            }
            legacy = new Negotiated(client);
        }
        agreed();
        return true;
    }

    /** Records {@code notifications/initialized}. Ignored before {@code initialize}. */
    public void operational() {
        synchronized (this) {
            if (legacy instanceof Negotiated(var client)) {
                legacy = new Operational(client);
            }
        }
        changed();
    }

    /** Returns the lowest level of log messages that a legacy client receives, INFO by default. */
    public LogLevel logLevel() {
        return logLevel;
    }

    public void logLevel(LogLevel level) throws InterruptedException {
        logLevel = level;
        agreed();
    }

    /** Returns the client's name and version for display, or null before its first request. */
    public @Nullable Peer peer() {
        return peer;
    }

    public void peer(Peer seen) {
        if (!seen.equals(peer)) {
            peer = seen;
            changed();
        }
    }

    /**
     * Sends an answer or a request. It is never dropped. Blocks while the client has used up its
     * {@link #share}.
     */
    public void send(JsonRpcMessage message) {
        connection.send(share().run(() -> encode(message)));
    }

    /**
     * Sends a small message as {@link #send} does, and does not wait for the client's share: for
     * threads that serve many clients.
     */
    public void sendAtOnce(JsonRpcMessage message) {
        connection.send(encode(message));
    }

    /** Encodes an answer or a request. The caller {@linkplain Connection#enqueue queues} it. */
    public Outbound encode(JsonRpcMessage message) {
        return Outbound.of(message, codec.encode(message), inFlight.count() > 0);
    }

    /** Encodes a notification. The caller {@linkplain Connection#enqueue queues} it. */
    public Outbound encode(Notification message, Outbound.Kind kind, @Nullable Object coalesceKey) {
        return new Outbound(codec.encode(message), kind, coalesceKey);
    }

    /** Returns true once the session {@linkplain #end has ended}. */
    public boolean hasEnded() {
        synchronized (endActions) {
            return ended;
        }
    }

    /**
     * Runs {@code action} when the session ends, on the thread that ends it. If the session has
     * ended, runs it at once.
     */
    public void onEnd(Runnable action) {
        synchronized (endActions) {
            if (!ended) {
                endActions.add(action);
                return;
            }
        }
        HandlerActions.run(action);
    }

    /** An action for the end of all sessions on this node that have the same id. */
    private record FinalAction(Runnable action) implements Runnable {

        @Override
        public void run() {
            action.run();
        }
    }

    /**
     * Runs {@code action} when this session and those that {@linkplain #continuedBy continue} it
     * have ended: for what is kept by the id of the session.
     */
    public void onFinalEnd(Runnable action) {
        latest().onEnd(new FinalAction(action));
    }

    /** Takes over an action of a former session, unless this one has an equal action. */
    private void inherit(FinalAction action) {
        synchronized (endActions) {
            if (endActions.contains(action)) {
                return;
            }
        }
        onEnd(action);
    }

    /**
     * Records that the client has come back from another node while this session still runs calls:
     * from now on it has a session with the same id.
     */
    public void continuedBy(McpSession next) {
        synchronized (endActions) {
            successor = next;
        }
    }

    /** Returns the last session that {@linkplain #continuedBy continues} this one, or this one. */
    public McpSession latest() {
        McpSession first = successor;
        if (first == null) {
            return this;
        }
        McpSession last = first.latest();
        synchronized (endActions) {
            if (successor == first) {
                successor = last; // those in between are not kept
            }
        }
        return last;
    }

    /**
     * Ends the session: cancels the requests in flight, and fails the requests to the client. Runs
     * code of handlers, so no lock may be held.
     */
    public void end() {
        assert StateLock.noneHeld("end of a session");
        inFlight.cancelAll();
        outgoing.close();
        results.close();
        subscriptions.clear();
        List<Runnable> actions;
        synchronized (endActions) {
            ended = true;
            actions = List.copyOf(endActions);
            endActions.clear();
        }
        McpSession latest = latest();
        for (Runnable each : actions) {
            if (latest != this && each instanceof FinalAction left) {
                latest.inherit(left);
            } else {
                HandlerActions.run(each);
            }
        }
    }
}
