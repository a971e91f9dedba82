package io.springline.cluster;

import io.springline.cluster.node.ClusterMembership;
import io.springline.cluster.node.ClusterProperties;
import io.springline.cluster.node.ClusterRuntime;
import io.springline.cluster.node.NodeMessenger;
import io.springline.cluster.redis.Keys;
import io.springline.cluster.session.RedisSessionStore;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.mcp.CloseReason;
import io.springline.resume.SessionProperties;
import io.springline.resume.SimulatedSessions;
import io.springline.resume.store.ResumeResult.Grant;
import io.springline.resume.store.ResumeResult.Refused;
import io.springline.resume.store.ResumeResult.Resumed;
import io.springline.resume.store.ResumeResult.Unavailable;
import io.springline.resume.store.ResumeToken;
import io.springline.session.Caller;
import io.springline.session.Connection;
import io.springline.session.McpSession;
import io.springline.session.MovedException;
import io.springline.session.Outbound;
import io.springline.session.Subscriptions.Listen;
import io.springline.session.limit.Rate;
import io.springline.session.limit.SessionLimits;
import io.springline.session.request.InFlight;
import io.springline.session.request.InFlightRequests.Duplicate;
import io.springline.session.request.InFlightRequests.Full;
import io.springline.session.request.InFlightRequests.Opened;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * One node of a simulation: the classes of the service from the session down to Redis, and in the
 * place of all above a few lines that treat a message as the dispatcher does.
 */
final class SimulatedNode {

    static final Duration PATIENCE = Duration.ofMillis(500);
    static final Duration LEASE = Duration.ofSeconds(3);

    /** Past this, and a byte less, a client that is away loses its session. */
    private static final SessionProperties PROPERTIES =
            new SessionProperties(Duration.ofHours(1), DataSize.ofMegabytes(1), 100);

    private static final Caller ALICE = new Caller("alice", Set.of(), null);

    /** What is seen of a run, for the checks at its end. */
    interface Observer {

        void ran(String node, int id, boolean repeatable, boolean known);

        /** A subscription was written, and is not acknowledged yet. */
        void subscribed(SimulatedNode node);

        void violation(String what);

        void log(String what);
    }

    private final VirtualTime time;
    private final VirtualTime.Scope scope = new VirtualTime.Scope();
    private final Observer observer;
    private final SimulatedRedis redis;
    private final SimulatedRedis.Link link;
    private final String name;
    private final ClusterMembership membership;
    private final RedisSessionStore store;
    private final ClusterMembership.Events events;
    private final SimulatedSessions sessions;
    private final Keys keys = new Keys("simulated");

    SimulatedNode(
            String name,
            VirtualTime time,
            SimulatedRedis redis,
            Supplier<String> ids,
            Observer observer) {
        this.name = name;
        this.time = time;
        this.redis = redis;
        this.observer = observer;
        this.link = redis.link(scope);
        ClusterRuntime runtime = time.runtime(scope);
        this.membership =
                new ClusterMembership(
                        link,
                        keys,
                        name,
                        new ClusterProperties(true, "simulated", LEASE, PATIENCE),
                        runtime);
        var messenger = new NodeMessenger(link, keys, runtime);
        this.store = new RedisSessionStore(link, keys, membership, messenger, PROPERTIES, runtime);
        this.events = new Cluster(link, keys, membership, messenger, store).events();
        this.sessions =
                new SimulatedSessions(
                        PROPERTIES,
                        new PassingSessionStore(store, time),
                        ids,
                        runtime::nanoTime,
                        runtime::execute);
        every(500, () -> time.fiber(scope, this::look));
        every(1_000, sessions::lookElsewhere);
        every(1_000, store::retry);
        every(1_000, sessions::sweep);
        every(20_000, store::touch);
    }

    private void every(long millis, Runnable task) {
        time.schedule(
                scope,
                Duration.ofMillis(millis).toNanos() / 2 + time.upTo(millis),
                () -> {
                    task.run();
                    every(millis, task);
                });
    }

    private void look() {
        try {
            membership.look(events);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    String name() {
        return name;
    }

    SimulatedRedis.Link link() {
        return link;
    }

    boolean isCrashed() {
        return scope.isCrashed();
    }

    boolean isJoined() {
        return membership.state() == ClusterMembership.State.JOINED;
    }

    void crash() {
        time.crash(scope);
    }

    /** Returns true if its lease in Redis was over at some time of this period. */
    boolean hadNoLease(long fromMillis, long toMillis) {
        return redis.hasLapsed(keys.node(name), fromMillis, toMillis);
    }

    /** Sessions that it believes to be the owner of. */
    int owned() {
        return sessions.count();
    }

    boolean isEmpty() {
        return sessions.count() == 0
                && store.count() == 0
                && sessions.registry().all().isEmpty()
                && store.forwardedSessions() == 0;
    }

    /** What it still holds of any session. */
    String leftovers() {
        return "%d sessions, %d leases, %d known, %d forwarding"
                .formatted(
                        sessions.count(),
                        store.count(),
                        sessions.registry().all().size(),
                        store.forwardedSessions());
    }

    /** What a client may send. */
    sealed interface Message {
        record Open() implements Message {}

        record Resume(String token, String epoch, long received) implements Message {}

        record Call(int id, boolean repeatable, long millis) implements Message {}

        record ListenTo(int id) implements Message {}

        record Acknowledge(long received) implements Message {}
    }

    /** Where a client is connected to: what it is sent, and how it ends. */
    interface Client {

        void received(Wire wire, String text);

        void closed(Wire wire, int code);
    }

    Wire accept(Client client) {
        return new Wire(client);
    }

    /** One connection, whose messages are handled one after the other. */
    final class Wire implements Connection {

        private final Client client;
        private final ArrayDeque<Runnable> inbox = new ArrayDeque<>();
        private McpSession session;
        private boolean handling;
        private boolean over;
        private boolean cut;
        private @Nullable CloseReason closing;
        private long lastIn;
        private long lastOut;

        Wire(Client client) {
            this.client = client;
            this.session =
                    new McpSession(
                            ALICE,
                            this,
                            JsonRpcCodec.json(10_000),
                            new SessionLimits(64, Duration.ofHours(1), new Rate(1_000_000)));
            sessions.registry().add(session);
        }

        String node() {
            return name;
        }

        // from the client

        void send(Message message) {
            if (!cut) {
                arrive(() -> handle(message));
            }
        }

        private void arrive(Runnable event) {
            lastIn = Math.max(lastIn + 1, time.nanos() + time.upTo(20));
            time.schedule(
                    scope,
                    lastIn - time.nanos(),
                    () -> {
                        inbox.add(event);
                        if (!handling) {
                            handling = true;
                            time.fiber(scope, this::handleAll);
                        }
                    });
        }

        private void handleAll() {
            for (Runnable next; (next = inbox.poll()) != null; ) {
                next.run();
            }
            handling = false;
        }

        /** The client goes without a word, or with a close frame. */
        void cut(boolean mayResume) {
            if (!cut) {
                cut = true;
                arrive(() -> ended(mayResume));
            }
        }

        private void ended(boolean mayResume) {
            if (over) {
                return;
            }
            over = true;
            if (!session.isResumable()) {
                sessions.registry().remove(session);
                session.end();
            } else {
                if (mayResume) {
                    sessions.sessions().detach(session, this);
                } else {
                    sessions.sessions().endWith(session, this);
                }
            }
        }

        // to the client

        @Override
        public String id() {
            return "wire";
        }

        @Override
        public void flush() {}

        @Override
        public void enqueue(Outbound message) {
            if (closing == null) {
                deliver(() ->
                        client.received(
                                this, new String(message.payload(), StandardCharsets.UTF_8)));
            }
        }

        private void deliver(Runnable event) {
            lastOut = Math.max(lastOut + 1, time.nanos() + time.upTo(20));
            time.schedule(
                    lastOut - time.nanos(),
                    () -> {
                        if (!cut) {
                            event.run();
                        }
                    });
        }

        @Override
        public void awaitRoom() {}

        @Override
        public long queuedBytes() {
            return 0;
        }

        @Override
        public void close(CloseReason reason) {
            if (closing == null) {
                closing = reason;
                deliver(() -> {
                    cut = true;
                    client.closed(this, reason.code());
                });
                arrive(() -> ended(reason.mayReconnect()));
            }
        }

        // what the handler and the dispatcher do

        private void handle(Message message) {
            if (session.isResumable()
                    ? !session.persistence().recordMessageFrom(this)
                    : closing != null) {
                return;
            }
            try {
                switch (message) {
                    case Message.Open _ -> sessions.sessions().open(session, this::greeting);
                    case Message.Resume resume -> resume(resume);
                    case Message.Acknowledge(var received) ->
                            session.persistence().acknowledge(received);
                    case Message.Call call -> {
                        InFlight request = start(call.id());
                        if (request != null) {
                            McpSession of = session;
                            time.fiber(scope, () -> run(of, call, request));
                        }
                    }
                    case Message.ListenTo(var id) -> {
                        InFlight request = start(id);
                        if (request != null) {
                            McpSession of = session;
                            time.fiber(scope, () -> listen(of, request));
                        }
                    }
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        private Outbound greeting(Grant grant) {
            return text(
                    "granted %s %s %d"
                            .formatted(grant.token().value(), grant.epoch(), grant.sent()));
        }

        private static Outbound text(String text) {
            return Outbound.essential(text.getBytes(StandardCharsets.UTF_8));
        }

        private void resume(Message.Resume resume) throws InterruptedException {
            McpSession fresh = session;
            switch (sessions.sessions()
                    .resume(
                            fresh,
                            new ResumeToken(resume.token()),
                            resume.epoch(),
                            resume.received(),
                            this::greeting)) {
                case Resumed(var resumed, var moved) -> {
                    session = resumed;
                    if (moved) {
                        resumed.subscriptions().listenIds().forEach(this::restore);
                    }
                }
                case Refused(var reason) -> send(text("refused " + reason.wireName()));
                case Unavailable() -> session.connection().close(CloseReason.TRY_AGAIN_LATER);
            }
        }

        private void restore(RequestId id) {
            if (session.inFlight().open(id, session::send, () -> {})
                    instanceof Opened(var request)) {
                request.keepOpen();
                acknowledge(session, request);
            }
        }

        private @Nullable InFlight start(int number) {
            McpSession of = session;
            var id = new RequestId.Number(number);
            return switch (of.persistence().claim(id)) {
                case SERVED -> null;
                case STALE -> {
                    of.send(new ResultResponse(id, JsonNodeFactory.instance.stringNode("stale")));
                    yield null;
                }
                case NONE ->
                        switch (of.inFlight()
                                .open(id, of::send, () -> of.persistence().unanswered(id))) {
                            case Opened(var request) -> request;
                            case Duplicate() -> {
                                observer.violation("a strike for the repetition of " + number);
                                yield null;
                            }
                            case Full _ -> throw new IllegalStateException("full");
                        };
            };
        }

        private void listen(McpSession of, InFlight request) {
            request.keepOpen();
            of.subscriptions().open(request.id(), new Listen(true, false, false, Set.of()));
            try {
                of.agreed();
                observer.subscribed(SimulatedNode.this);
                time.pass(20);
                acknowledge(of, request);
            } catch (MovedException e) {
                request.cancel();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        private static void acknowledge(McpSession of, InFlight request) {
            of.subscriptions()
                    .begin(
                            request.id(),
                            () ->
                                    of.connection()
                                            .enqueue(text("listens " + request.id().toJson())));
            of.changed();
        }

        private void run(McpSession of, Message.Call call, InFlight request) {
            try {
                if (!call.repeatable()) {
                    of.persistence().writeRunning(request.id()).await();
                }
                observer.ran(
                        name,
                        call.id(),
                        call.repeatable(),
                        redis.model()
                                .isRunning(keys.session(of.connection().id()), call.id(), name));
                time.pass(call.millis());
                request.answer(
                        new ResultResponse(
                                request.id(), JsonNodeFactory.instance.stringNode("ran")));
            } catch (MovedException e) {
                request.cancel();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
