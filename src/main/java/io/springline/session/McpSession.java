package io.springline.session;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.mcp.LogLevel;
import io.springline.session.LegacyState.LegacyClient;
import io.springline.session.LegacyState.Negotiated;
import io.springline.session.LegacyState.None;
import io.springline.session.LegacyState.Operational;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One conversation with one client: what it negotiated, what it has in flight, what it wants to
 * hear. Lives as long as its connection, or longer if it is {@linkplain #isResumable resumable}.
 * Safe for use by many threads.
 */
public final class McpSession {

    /** The endpoint that offers everything. */
    public static final String MAIN_ENDPOINT = "";

    private final String endpoint;
    private final Identity identity;
    private final JsonRpcCodec codec;
    private final InFlightRequests inFlight;
    private final OutgoingRequests outgoing = new OutgoingRequests();
    private final Subscriptions subscriptions = new Subscriptions();
    private final SlidingWindowCounter malformedMessages = new SlidingWindowCounter();
    private final RateLimiter rate;
    private final List<Runnable> endActions = new ArrayList<>(0);
    private final StateLock changes = new StateLock();
    private boolean ended;
    private boolean resumeTried;
    private volatile boolean spoken;
    private volatile Connection connection;
    private volatile SessionPersistence persistence = SessionPersistence.NONE;
    private volatile LegacyState legacy = new None();
    private volatile LogLevel logLevel = LogLevel.INFO;
    private volatile @Nullable Peer peer;

    /** A session at the main endpoint. */
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
        this.rate = new RateLimiter(limits.rate());
        this.inFlight = new InFlightRequests(limits.maxInFlight(), limits.timeout());
    }

    /** Which of the service's endpoints the client speaks to: {@link #MAIN_ENDPOINT}, or a name. */
    public String endpoint() {
        return endpoint;
    }

    public Identity identity() {
        return identity;
    }

    /** Changes when the client presents a newer credential, or its first. */
    public Caller caller() {
        return identity.caller();
    }

    /** The caller's share of the processors. */
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

    /** What the session has kept; {@link SessionPersistence#NONE} if it is not resumable. */
    public SessionPersistence persistence() {
        return persistence;
    }

    /**
     * Makes the session resumable.
     *
     * @param surviving the connection of the session from now on, which survives reconnects
     */
    public void persist(Connection surviving, SessionPersistence kept) {
        persistence = kept;
        connection = surviving;
    }

    /** Goes on with what was agreed on over another connection, at another node. */
    public void restore(SessionState state, long fence) {
        legacy = state.legacy();
        logLevel = state.logLevel();
        peer = state.peer();
        subscriptions.restore(state.uris(), state.listens());
        outgoing.generation(fence);
    }

    public SessionState state() {
        return new SessionState(
                legacy, logLevel, peer, subscriptions.uris(), subscriptions.listens());
    }

    /**
     * To be called after something has changed that a node which goes on with the session should
     * know, with no lock held. Waits for nothing.
     */
    public void changed() {
        write();
    }

    /**
     * As {@link #changed}, for what the client is about to be told: waits, for a bounded time,
     * until a node which goes on with the session would know it.
     *
     * @throws MovedException when another node owns the session, and does not know it
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

    /** What the client says of something that this node knows nothing of: others may. */
    public void tellElsewhere(JsonRpcMessage message) {
        if (isResumable()) {
            persistence.forward(codec.encode(message));
        }
    }

    /** Allows one attempt to resume another session from this one's connection. */
    public boolean tryResume() {
        boolean first = !resumeTried;
        resumeTried = true;
        return first;
    }

    /** Whether the client has sent anything but the opening of a resumable session. */
    public boolean hasSpoken() {
        return spoken;
    }

    public void spoke() {
        if (!spoken) {
            spoken = true;
        }
    }

    /** How this client's messages are encoded. */
    public JsonRpcCodec codec() {
        return codec;
    }

    public InFlightRequests inFlight() {
        return inFlight;
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
     * {@code initialize} was accepted; false, with nothing changed, when it was accepted before.
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

    /** {@code notifications/initialized} arrived; ignored unless {@code initialize} went before. */
    public void operational() {
        synchronized (this) {
            if (legacy instanceof Negotiated(var client)) {
                legacy = new Operational(client);
            }
        }
        changed();
    }

    /** From which level on a legacy client wants log messages; INFO until it says otherwise. */
    public LogLevel logLevel() {
        return logLevel;
    }

    public void logLevel(LogLevel level) throws InterruptedException {
        logLevel = level;
        agreed();
    }

    /** What the client last said of itself, for display; null before its first request. */
    public @Nullable Peer peer() {
        return peer;
    }

    public void peer(Peer seen) {
        if (!seen.equals(peer)) {
            peer = seen;
            changed();
        }
    }

    /** Sends an answer or a request, which is never dropped. */
    public void send(JsonRpcMessage message) {
        connection.send(share().run(() -> encode(message)));
    }

    /** Encodes an answer or a request, to be {@linkplain Connection#enqueue queued}. */
    public Outbound encode(JsonRpcMessage message) {
        return Outbound.of(message, codec.encode(message), inFlight.count() > 0);
    }

    /** Encodes a notification, to be {@linkplain Connection#enqueue queued}. */
    public Outbound encode(Notification message, Outbound.Kind kind, @Nullable Object coalesceKey) {
        return new Outbound(codec.encode(message), kind, coalesceKey);
    }

    /** Returns true once the session {@linkplain #end has ended}. */
    public boolean hasEnded() {
        synchronized (endActions) {
            return ended;
        }
    }

    /** Runs {@code action} when the session ends, on the thread that ends it; at once if it has. */
    public void onEnd(Runnable action) {
        synchronized (endActions) {
            if (!ended) {
                endActions.add(action);
                return;
            }
        }
        HandlerActions.run(action);
    }

    /**
     * The client is gone for good: cancels what is in flight and fails what we asked. Runs the code
     * of handlers, so no lock may be held.
     */
    public void end() {
        assert StateLock.noneHeld("end of a session");
        inFlight.cancelAll();
        outgoing.close();
        subscriptions.clear();
        List<Runnable> actions;
        synchronized (endActions) {
            ended = true;
            actions = List.copyOf(endActions);
            endActions.clear();
        }
        HandlerActions.run(actions);
    }
}
