package io.springline.relay.attach.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.relay.client.UpstreamException;
import io.springline.relay.client.UpstreamTransport;
import io.springline.session.node.ClusterNodes;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** An upstream at node b and a server at node a; the messages between them may be lost. */
class NodeLinksTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Map<String, Bus> nodes = new ConcurrentHashMap<>();
    private final Server server = new Server();
    private final Caller caller = new Caller();
    private final Bus a = new Bus("a");
    private final Bus b = new Bus("b");
    private NodeLinks callers;
    private UpstreamTransport transport;

    /** One node, without Redis. */
    private final class Bus implements ClusterNodes {

        private final String name;
        private final Map<String, Reader> readers = new ConcurrentHashMap<>();
        private volatile Predicate<String> loses = _ -> false;
        private volatile boolean away;
        private volatile boolean garbles;

        Bus(String name) {
            this.name = name;
            nodes.put(name, this);
        }

        @Override
        public String self() {
            return name;
        }

        @Override
        public boolean checkAlive(String node) {
            return true;
        }

        @Override
        public boolean isAway() {
            return away;
        }

        @Override
        public void on(String kind, Reader reader) {
            readers.put(kind, reader);
        }

        @Override
        public CompletionStage<Boolean> send(
                String node, String kind, String subject, byte[] body) {
            Bus to = nodes.get(node);
            if (to != null && !loses.test(subject)) {
                Objects.requireNonNull(to.readers.get(kind))
                        .read(subject, garbles ? "{".getBytes(StandardCharsets.UTF_8) : body);
            }
            return CompletableFuture.completedFuture(to != null);
        }

        @Override
        public void sendToAll(String kind, String subject, byte[] body) {}

        @Override
        public @Nullable Map<String, Shared> records(String set) {
            return null;
        }

        @Override
        public Change change(String set, String name, long known, @Nullable Shared next) {
            return Change.UNREACHABLE;
        }
    }

    /** The server, at node a. */
    private static final class Server implements UpstreamTransport {

        private final List<JsonRpcMessage> received = new CopyOnWriteArrayList<>();

        /** Requests are taken while it has a permit. */
        private final Semaphore reading = new Semaphore(1);

        private volatile @Nullable Receiver receiver;
        private volatile boolean closed;

        void answer(int number) {
            sends(new ResultResponse(id(number), JsonNodeFactory.instance.objectNode()));
        }

        void sends(JsonRpcMessage message) {
            Objects.requireNonNull(receiver).receivedOnSharedStream(message);
        }

        @Override
        public void start(Receiver receiver) {
            this.receiver = receiver;
        }

        @Override
        public void send(JsonRpcMessage message) {
            reading.acquireUninterruptibly();
            reading.release();
            received.add(message);
        }

        @Override
        public void cancel(RequestId request, Notification notification) {
            received.add(notification);
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    /** The upstream, at node b. */
    private static final class Caller implements UpstreamTransport.Receiver {

        private final List<String> events = new CopyOnWriteArrayList<>();
        private final Semaphore reading = new Semaphore(1);

        @Override
        public void received(JsonRpcMessage message, @Nullable RequestId during) {
            events.add(message instanceof ResultResponse(var id, _) ? "answer " + id : "message");
        }

        @Override
        public void failed(RequestId request, String reason) {
            events.add("failed " + request);
        }

        @Override
        public void refused(RequestId request, String reason) {
            events.add("refused " + request);
        }

        @Override
        public void closed(String reason) {
            events.add("closed");
        }

        /** Blocks while the semaphore has no permit. */
        @Override
        public void throttle() throws InterruptedException {
            reading.acquire();
            reading.release();
        }
    }

    @BeforeEach
    void connect() throws Exception {
        new NodeLinks(a, (name, epoch) -> name.equals("git") && epoch == 7 ? server : null);
        callers = new NodeLinks(b, (_, _) -> null);
        transport = callers.to("a", "git", 7);
        transport.start(caller);
        await().atMost(PATIENCE).until(() -> server.receiver != null);
    }

    private static RequestId id(int number) {
        return new RequestId.Number(number);
    }

    private void request(int number) {
        transport.send(new Request(id(number), "tools/call"));
    }

    private void awaitAtServer(int messages) {
        await().atMost(PATIENCE).until(() -> server.received.size() == messages);
    }

    private void awaitEvents(String... events) {
        await().atMost(PATIENCE).until(() -> caller.events.size() >= events.length);
        assertThat(caller.events).containsExactly(events);
    }

    @Test
    void passesRequestsAndAnswers() {
        request(1);
        awaitAtServer(1);
        server.answer(1);
        awaitEvents("answer 1");
    }

    @Test
    void refusesWhatTheServerHasNotReceivedAndLosesTheRest() {
        request(1);
        awaitAtServer(1);
        b.loses = subject -> subject.contains(" MESSAGE ");
        request(2);
        b.loses = _ -> false;
        callers.sweep();
        awaitEvents("refused 2", "closed");
        await().atMost(PATIENCE).until(() -> server.closed);
        assertThat(server.received).hasSize(1);
    }

    @Test
    void refusesWhatTheServerHasNotBegun() {
        request(1);
        request(2);
        awaitAtServer(2);
        Objects.requireNonNull(server.receiver).refused(id(1), "the service stops");
        Objects.requireNonNull(server.receiver).failed(id(2), "the server is busy");
        awaitEvents("refused 1", "failed 2");
    }

    @Test
    void endsTheLinkIfAnAnswerWasLost() {
        request(1);
        awaitAtServer(1);
        a.loses = subject -> subject.contains(" MESSAGE ");
        server.answer(1);
        a.loses = _ -> false;
        server.sends(new Notification("notifications/x"));
        awaitEvents("closed");
    }

    @Test
    void endsTheLinkAsSoonAsNobodyReceivesItsMessages() {
        request(1);
        awaitAtServer(1);
        nodes.remove("a");
        callers.sweep();
        awaitEvents("closed");
    }

    @Test
    void endsTheLinkWhileRedisIsAway() {
        request(1);
        awaitAtServer(1);
        b.away = true;
        callers.sweep();
        awaitEvents("closed");
    }

    /** Its number counts the messages of the node that reads it. */
    @Test
    void answersNoReportForALinkThatHasEnded() {
        var sent = new CopyOnWriteArrayList<String>();
        a.loses = subject -> !sent.add(subject);
        a.readers.values().forEach(each -> each.read("b ended PROCESSED 128", new byte[0]));
        a.readers.values().forEach(each -> each.read("b ended MESSAGE 7", new byte[0]));
        await().until(() -> !sent.isEmpty());
        assertThat(sent).containsExactly("a ended CLOSE 0");
    }

    @Test
    void endsALinkToAnEarlierConnection() throws Exception {
        var other = new Caller();
        UpstreamTransport earlier = callers.to("a", "git", 6);
        earlier.start(other);
        earlier.send(new Request(id(1), "initialize"));
        await().atMost(PATIENCE).until(() -> other.events.contains("closed"));
        assertThat(caller.events).isEmpty();
    }

    @Test
    void passesLongTextsOfClients() {
        var params = JsonNodeFactory.instance.objectNode().put("text", "x".repeat(2_000_000));
        transport.send(new Request(id(1), "tools/call", params));
        awaitAtServer(1);
        assertThat(server.received.getFirst()).isEqualTo(new Request(id(1), "tools/call", params));
    }

    @Test
    void endsTheLinkIfAMessageCannotBeRead() {
        request(1);
        awaitAtServer(1);
        b.garbles = true;
        request(2);
        awaitEvents("closed");
        await().atMost(PATIENCE).until(() -> server.closed);
    }

    @Test
    void cancelsAtTheServer() {
        request(1);
        awaitAtServer(1);
        var params = JsonNodeFactory.instance.objectNode().put("requestId", 1);
        transport.cancel(id(1), new Notification("notifications/cancelled", params));
        awaitAtServer(2);
        assertThat(server.received.getLast()).isInstanceOf(Notification.class);
    }

    private static ObjectNode megabyte() {
        return JsonNodeFactory.instance.objectNode().put("text", "x".repeat(1 << 20));
    }

    @Test
    void doesNotReadAServerWhoseMessagesTheOtherNodeDoesNotProcess() throws Exception {
        int all = 20;
        var sent = new AtomicInteger();
        caller.reading.acquire();
        Thread reader =
                Thread.startVirtualThread(() -> {
                    try {
                        while (sent.get() < all) {
                            server.sends(new Notification("notifications/x", megabyte()));
                            sent.incrementAndGet();
                            Objects.requireNonNull(server.receiver).throttle();
                        }
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
        await().atMost(PATIENCE).until(() -> reader.getState() == Thread.State.TIMED_WAITING);
        assertThat(sent.get()).isLessThanOrEqualTo(SendWindow.MAX_BYTES / (1 << 20));
        caller.reading.release();
        await().atMost(PATIENCE).until(() -> caller.events.size() == all);
        assertThat(caller.events).containsOnly("message");
    }

    @Test
    void failsRequestsWhileTheNodeOfTheServerDoesNotProcessThem() throws Exception {
        server.reading.acquire();
        int sent = 0;
        try {
            for (; sent < 20; sent++) {
                transport.send(new Request(id(sent), "tools/call", megabyte()));
            }
        } catch (UpstreamException e) {
            assertThat(e).hasMessageContaining("does not process its messages");
        }
        assertThat(sent).isBetween(1, SendWindow.MAX_BYTES / (1 << 20));
        server.reading.release();
        awaitAtServer(sent);
        await().atMost(PATIENCE)
                .ignoreException(UpstreamException.class)
                .until(() -> {
                    transport.send(new Request(id(100), "tools/call"));
                    return true;
                });
        awaitAtServer(sent + 1);
        assertThat(caller.events).isEmpty();
    }

    @Test
    void sendsMoreMessagesThanFitAtOnce() {
        for (int n = 1; n <= 3 * SendWindow.MAX_MESSAGES; n++) {
            request(n);
            if (n % 100 == 0) {
                awaitAtServer(n);
            }
        }
        awaitAtServer(3 * SendWindow.MAX_MESSAGES);
    }
}
