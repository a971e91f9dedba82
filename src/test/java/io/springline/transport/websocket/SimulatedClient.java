package io.springline.transport.websocket;

import io.springline.jsonrpc.RequestId;
import io.springline.resume.store.ResumeResult.Grant;
import io.springline.resume.store.ResumeResult.Reason;
import io.springline.session.Caller;
import io.springline.session.Outbound;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A client that keeps to {@code docs/binding.md}, on sockets that fail when it pleases the seed.
 */
final class SimulatedClient {

    /** A socket of the client, with the client's view of it. */
    private static final class Way {
        final SimulatedSocket socket;
        boolean greeted;
        boolean refused;
        long number;

        Way(SimulatedSocket socket, long number) {
            this.socket = socket;
            this.number = number;
        }
    }

    private final ResumeSimulation world;
    private final Caller caller;
    private final List<Way> ways = new ArrayList<>();

    /** The newest last. */
    private final List<Grant> grants = new ArrayList<>();

    /** What each number stood for: the same, on whichever socket it comes. */
    private final Map<Long, Outbound> messages = new HashMap<>();

    private final Set<RequestId> unanswered = new HashSet<>();
    private long received;
    private int lastId;
    private boolean lost;

    SimulatedClient(ResumeSimulation world, Caller caller) {
        this.world = world;
        this.caller = caller;
    }

    /** Opens a session, or resumes the one that it has. */
    void connect() {
        if (ways.stream().anyMatch(each -> each.socket.isOpen())) {
            return;
        }
        if (grants.isEmpty() || lost) {
            startOver();
            add().socket.send(world::opening);
        } else {
            resume(grants.getLast());
        }
    }

    private void startOver() {
        grants.clear();
        messages.clear();
        unanswered.clear();
        received = 0;
        lost = false;
        ways.clear();
    }

    private Way add() {
        var way = new Way(world.open(caller), received);
        ways.add(way);
        return way;
    }

    private void resume(Grant grant) {
        Way way = add();
        long has = received;
        way.socket.send(socket -> world.resuming(socket, grant, has));
    }

    /** On two sockets at once, with one token. */
    void resumeTwice() {
        if (!grants.isEmpty() && !lost) {
            resume(grants.getLast());
            resume(grants.getLast());
        }
    }

    void call() {
        Way way = current();
        if (way != null) {
            var id = new RequestId.Number(++lastId);
            unanswered.add(id);
            way.socket.send(socket -> world.calling(socket, id));
        }
    }

    void resend() {
        Way way = current();
        if (way != null) {
            unanswered.forEach(id -> way.socket.send(socket -> world.calling(socket, id)));
        }
    }

    /** Nothing is awaited of it any more. */
    void cancelOne() {
        Way way = current();
        if (way != null && !unanswered.isEmpty()) {
            RequestId id = unanswered.iterator().next();
            unanswered.remove(id);
            way.socket.send(socket -> world.cancelling(socket, id));
        }
    }

    void acknowledge() {
        Way way = current();
        if (way != null) {
            long has = received;
            way.socket.send(socket -> world.acknowledging(socket, has));
        }
    }

    void reset() {
        if (!ways.isEmpty()) {
            ways.get(world.below(ways.size())).socket.reset();
        }
    }

    void leave() {
        Way way = current();
        if (way != null) {
            way.socket.leave();
            lost = true;
        }
    }

    private @Nullable Way current() {
        Way last = null;
        for (Way each : ways) {
            if (each.greeted && each.socket.isOpen()) {
                last = each;
            }
        }
        return last;
    }

    /** Reads what has arrived. */
    void look() {
        for (Way way : ways) {
            for (Outbound message : way.socket.takeReceived()) {
                look(way, message);
            }
        }
        ways.removeIf(each -> each.socket.hasEnded());
    }

    private void look(Way way, Outbound message) {
        Grant grant = world.granted(message);
        Reason reason = world.refused(message);
        if (grant != null) {
            way.greeted = true;
            grants.add(grant);
        } else if (reason != null) {
            way.socket.reset();
            way.refused = true;
            refused(reason);
        } else {
            number(way, message);
        }
    }

    /** Of two sockets with one token one is refused: then the session is the other's. */
    private void refused(Reason reason) {
        boolean elsewhere = ways.stream().anyMatch(each -> each.socket.isOpen());
        if (!elsewhere && reason == Reason.UNKNOWN && grants.size() > 1) {
            grants.removeLast();
        } else if (!elsewhere) {
            world.require(reason != Reason.NOT_YOURS, "the session is this client's");
            lost = true;
        }
    }

    private void number(Way way, Outbound message) {
        way.number++;
        Outbound known = messages.putIfAbsent(way.number, message);
        world.require(
                known == null || known.payload() == message.payload(),
                "message " + way.number + " is the same on each socket");
        received = Math.max(received, way.number);
        if (message.answers() != null) {
            unanswered.remove(message.answers());
        }
    }

    void catchUp() {
        look();
        acknowledge();
    }

    void requireAnswers() {
        look();
        if (!lost && current() != null) {
            world.require(unanswered.isEmpty(), "each request has its answer: " + unanswered);
        }
    }
}
