package io.springline.transport.websocket;

import io.springline.concurrent.Interleaving;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.mcp.CloseReason;
import io.springline.resume.SimulatedNode;
import io.springline.resume.store.ResumeResult;
import io.springline.resume.store.ResumeResult.Grant;
import io.springline.session.Caller;
import io.springline.session.Deduplication;
import io.springline.session.McpSession;
import io.springline.session.Outbound;
import io.springline.session.SessionPersistence;
import io.springline.session.limit.Rate;
import io.springline.session.limit.SessionLimits;
import io.springline.session.request.InFlight;
import io.springline.session.request.InFlightRequests.Opened;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Clients that resume their sessions at one node, while a seed decides who does what, and at which
 * lock or write another strand goes on. Everything but the sockets and the handlers is the
 * service's own code.
 */
final class ResumeSimulation implements AutoCloseable {

    private static final JsonRpcCodec CODEC = JsonRpcCodec.json(100_000);
    private static final SessionLimits LIMITS =
            new SessionLimits(100, Duration.ofDays(1), new Rate(1_000_000));
    private static final int CLIENTS = 4;
    private static final int ROUNDS = 25;
    private static final int MAX_DETACHED = 2;

    /** A call that has been begun and not been answered. */
    private record Running(McpSession session, InFlight request) {}

    private final Random random;
    private final Interleaving strands;
    private final SimulatedNode node;
    private final List<SimulatedClient> clients = new ArrayList<>();
    private final List<SimulatedSocket> sockets = new ArrayList<>();
    private final List<Running> running = new ArrayList<>();

    /** How often each request was run, by session and id. */
    private final Map<String, Integer> runs = new HashMap<>();

    /** What each greeting has granted. */
    private final Map<Outbound, Grant> greetings = new HashMap<>();

    private final Map<Outbound, ResumeResult.Reason> refusals = new HashMap<>();

    ResumeSimulation(long seed) {
        this.random = new Random(seed);
        this.strands = new Interleaving(random);
        this.node = new SimulatedNode(strands, MAX_DETACHED);
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(new SimulatedClient(this, new Caller("p" + i % 3, Set.of(), null)));
        }
    }

    void run() {
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = random.nextInt(5); i >= 0; i--) {
                act();
            }
            settle();
        }
        end();
    }

    private void act() {
        SimulatedClient client = clients.get(random.nextInt(clients.size()));
        switch (random.nextInt(12)) {
            case 0, 1 -> client.connect();
            case 2, 3, 4 -> client.call();
            case 5 -> client.acknowledge();
            case 6 -> client.reset();
            case 7 -> client.resumeTwice();
            case 8, 9, 10 -> answerOne();
            default -> lookAfter();
        }
    }

    private void lookAfter() {
        switch (random.nextInt(6)) {
            case 0 -> node.pass(Duration.ofSeconds(random.nextInt(70)));
            case 1 -> clients.get(random.nextInt(clients.size())).leave();
            case 2 -> clients.get(random.nextInt(clients.size())).cancelOne();
            case 3, 4 -> burst();
            default -> spawn("sweep", node::sweep);
        }
    }

    /** All are cut off at once while their answers are due. */
    private void burst() {
        sockets.forEach(SimulatedSocket::reset);
        while (!running.isEmpty()) {
            answerOne();
        }
    }

    private void answerOne() {
        if (!running.isEmpty()) {
            Running call = running.remove(random.nextInt(running.size()));
            spawn("handler", () -> answer(call));
        }
    }

    private static void answer(Running call) {
        RequestId id = call.request().id();
        call.request().answer(new ResultResponse(id, JsonNodeFactory.instance.objectNode()));
    }

    /** Finishes what has begun, and then checks all conditions. */
    private void settle() {
        strands.run();
        clients.forEach(SimulatedClient::look);
        node.detached();
        require(
                node.sessions().detachedCount() == node.detached().size(),
                "detached sessions are counted");
        require(node.sessions().detachedCount() <= MAX_DETACHED, "no more than allowed are kept");
        for (McpSession session : node.registry().all()) {
            boolean owned =
                    node.detached().contains(session)
                            || SimulatedNode.hasEnded(session)
                            || sockets.stream()
                                    .anyMatch(
                                            each -> !each.hasEnded() && each.session() == session);
            require(owned, "no session is attached without a socket: a leak");
        }
        runs.forEach((request, times) -> require(times == 1, "one run of " + request));
        sockets.removeIf(SimulatedSocket::hasEnded);
    }

    /** All clients reconnect, get all answers, and disconnect. */
    private void end() {
        for (SimulatedClient client : clients) {
            client.connect();
            settle();
            client.resend();
            settle();
        }
        running.removeIf(call -> {
            spawn("handler", () -> answer(call));
            return true;
        });
        settle();
        for (SimulatedClient client : clients) {
            client.catchUp();
            settle();
            client.requireAnswers();
        }
        sockets.forEach(SimulatedSocket::reset);
        settle();
        node.pass(SimulatedNode.GRACE);
        spawn("sweep", node::sweep);
        settle();
        require(node.registry().all().isEmpty(), "no session is left");
        require(node.sessions().bufferedBytes() == 0, "no byte is left");
    }

    void require(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError("broken: " + what);
        }
    }

    void spawn(String name, Runnable body) {
        strands.spawn(name, body);
    }

    void point() {
        strands.point();
    }

    int below(int bound) {
        return random.nextInt(bound);
    }

    SimulatedSocket open(Caller caller) {
        var socket = new SimulatedSocket("socket-" + sockets.size(), this);
        var session = new McpSession(caller, socket, CODEC, LIMITS);
        node.registry().add(session);
        sockets.add(socket);
        socket.opened(session);
        return socket;
    }

    /** As {@link ConnectionFactory#closed} does. */
    void closed(SimulatedSocket socket, boolean mayResume) {
        McpSession session = socket.session();
        if (!session.isResumable()) {
            node.registry().remove(session);
            session.end();
        } else {
            if (mayResume) {
                node.sessions().detach(session, socket);
            } else {
                node.sessions().endWith(session, socket);
            }
        }
    }

    void opening(SimulatedSocket socket) {
        try {
            node.sessions().open(socket.session(), this::greeting);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private Outbound greeting(Grant grant) {
        Outbound greeting = Outbound.essential("greeting".getBytes(StandardCharsets.UTF_8));
        greetings.put(greeting, grant);
        return greeting;
    }

    @Nullable Grant granted(Outbound message) {
        return greetings.get(message);
    }

    ResumeResult.@Nullable Reason refused(Outbound message) {
        return refusals.get(message);
    }

    void resuming(SimulatedSocket socket, Grant grant, long received) {
        try {
            switch (node.sessions()
                    .resume(
                            socket.session(),
                            grant.token(),
                            grant.epoch(),
                            received,
                            this::greeting)) {
                case ResumeResult.Resumed(var session, _) -> {
                    strands.point();
                    socket.session(session);
                }
                case ResumeResult.Refused(var reason) -> {
                    Outbound answer = Outbound.essential(new byte[0]);
                    refusals.put(answer, reason);
                    socket.send(answer);
                }
                case ResumeResult.Unavailable() -> socket.close(CloseReason.TRY_AGAIN_LATER);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As the dispatcher does with a call of a resumable session. */
    void calling(SimulatedSocket socket, RequestId id) {
        McpSession session = socket.session();
        SessionPersistence kept = session.persistence();
        if (!session.isResumable()
                || !kept.recordMessageFrom(socket)
                || kept.claim(id) != Deduplication.NONE) {
            return;
        }
        if (session.inFlight().open(id, session::send, () -> kept.unanswered(id))
                instanceof Opened(var request)) {
            runs.merge(session.connection().id() + " " + id, 1, Integer::sum);
            running.add(new Running(session, request));
        }
    }

    void acknowledging(SimulatedSocket socket, long received) {
        McpSession session = socket.session();
        SessionPersistence kept = session.persistence();
        if (session.isResumable() && kept.recordMessageFrom(socket)) {
            require(
                    kept.acknowledge(received) || session.connection().queuedBytes() == 0,
                    "the client has received no more than was sent");
        }
    }

    void cancelling(SimulatedSocket socket, RequestId id) {
        InFlight request = socket.session().inFlight().find(id);
        if (request != null) {
            request.cancel();
        }
    }

    @Override
    public void close() {
        strands.close();
    }
}
