package io.springline.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.mcp.CloseReason;
import io.springline.testing.McpPeer;
import io.springline.testing.Memory;
import io.springline.testing.RawSocket;
import io.springline.testing.SocketPeer;
import io.springline.transport.ConnectionView;
import io.springline.transport.TransportStatistics;
import io.springline.transport.websocket.Undisturbed.Bystander;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.eclipse.jetty.io.EndPoint;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.jetty.JettyWebServer;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** Clients that ask for more than they read. */
@HostileTest
@TestPropertySource(
        properties = {
            "springline.requests.max-unread-memory=64MB",
            "springline.websocket.write-timeout=4s",
            "springline.websocket.heartbeat.interval=3s",
            // the collections that the tests force may hold up both ends for seconds
            "springline.websocket.heartbeat.timeout=30s"
        })
class NeverReadingIT {

    /** The limit of the queue. */
    private static final long CAP = 1 << 20;

    /**
     * What calls that began before the queue was full may have made: half of the limit of unread
     * memory and one result more, once as results and once as the payloads that are made of them.
     */
    private static final long SLACK = 96L << 20;

    @LocalServerPort int port;
    @Autowired TransportStatistics statistics;
    @Autowired Connections connections;
    @Autowired ServletWebServerApplicationContext context;

    private static String call(int id, String tool, String arguments) {
        return """
        {"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{%s,"name":"%s","arguments":%s}}\
        """
                .formatted(id, McpPeer.meta("{}"), tool, arguments);
    }

    private static String blob(int id, int bytes) {
        return call(id, "blob", "{\"bytes\":%d}".formatted(bytes));
    }

    @ParameterizedTest(name = "{0} calls of {1} bytes")
    @CsvSource("64, 16777216")
    void closesAClientThatReadsNothingOfAGigabyte(int calls, int bytes, Bystander others)
            throws Exception {
        await().until(() -> others.toString().length() > 0 && others.percentile(50) > 0);
        System.out.println("without: " + others);
        others.forget();
        long before = Memory.usedAfterGc();
        long slow = statistics.closedBy(CloseReason.SLOW_CONSUMER);
        var most = new AtomicLong();
        try (var greedy = new RawSocket(port, "/mcp", 4096)) {
            Thread asking = Thread.ofVirtual().start(() -> ask(greedy, calls, bytes));
            await().until(() -> connections.queuedBytes() > CAP);
            await().pollInterval(Duration.ofSeconds(1))
                    .atMost(Duration.ofMinutes(2))
                    .until(() -> {
                        most.accumulateAndGet(Memory.usedAfterGc() - before, Math::max);
                        return statistics.closedBy(CloseReason.SLOW_CONSUMER) == slow + 1;
                    });
            asking.join();
        }
        System.out.printf("with:    %s; %d MB more at most%n", others, most.get() >> 20);
        assertThat(most.get()).isLessThan(CAP + SLACK);
    }

    @ParameterizedTest(name = "{0} calls of {1} bytes")
    @Tag("slow")
    @CsvSource("1024, 1048576")
    void closesAClientThatReadsNothingOfManyCalls(int calls, int bytes, Bystander others)
            throws Exception {
        closesAClientThatReadsNothingOfAGigabyte(calls, bytes, others);
    }

    private static void ask(RawSocket socket, int calls, int bytes) {
        try {
            for (int i = 0; i < calls; i++) {
                socket.sendText(blob(i, bytes));
            }
        } catch (IOException closed) {
            // as it must be
        }
    }

    /** Looked at from five seconds ahead: nothing has to be waited for. */
    @Test
    void appliesTheConfiguredWriteTimeout() throws Exception {
        try (var greedy = new RawSocket(port, "/mcp", 4096)) {
            greedy.sendText(blob(1, 16 << 20));
            await().until(() -> connections.queuedBytes() > CAP);
            WebSocketConnection held =
                    connections.open().stream()
                            .map(OpenConnection::connection)
                            .filter(each -> each.queuedBytes() > CAP)
                            .findFirst()
                            .orElseThrow();
            held.abortIfOverdue(System.nanoTime() + Duration.ofSeconds(5).toNanos());
            assertThat(held.closing()).isEqualTo(CloseReason.SLOW_CONSUMER);
        }
    }

    /** Its result could not be sent to the client. */
    @Test
    void runsNoWaitingCallAfterTheClose() throws Exception {
        String increment = call(2, "increment", "{}");
        try (var other = SocketPeer.connect("ws://127.0.0.1:" + port + "/mcp");
                var greedy = new RawSocket(port, "/mcp", 4096)) {
            int before = count(other.ask(increment));
            greedy.sendText(blob(1, 16 << 20));
            await().until(() -> connections.queuedBytes() > CAP);
            greedy.sendText(increment);
            await().until(() -> !receivedBy(2).isEmpty());
            String held = receivedBy(2).getFirst().id();
            connections.close(held, CloseReason.DISCONNECTED);
            await().until(() -> connections.find(held).isEmpty());
            assertThat(count(other.ask(increment))).isEqualTo(before + 1);
        }
    }

    private List<ConnectionView> receivedBy(int messages) {
        return connections.all().stream()
                .filter(each -> each.queuedBytes() > CAP && each.messagesReceived() == messages)
                .toList();
    }

    private static int count(JsonNode answer) {
        return Integer.parseInt(answer.at("/result/content/0/text").asString());
    }

    @Test
    void closesAClientThatReadsNoPongsAtTheNextHeartbeat() throws Exception {
        long before = Memory.usedAfterGc();
        long gone =
                statistics.closedBy(CloseReason.HEARTBEAT_TIMEOUT)
                        + statistics.closedBy(CloseReason.RATE_LIMIT);
        try (var greedy = new RawSocket(port, "/mcp", 4096)) {
            Thread.ofVirtual().start(() -> pings(greedy));
            await().atMost(Duration.ofMinutes(2))
                    .until(() ->
                            statistics.closedBy(CloseReason.HEARTBEAT_TIMEOUT)
                                            + statistics.closedBy(CloseReason.RATE_LIMIT)
                                    == gone + 1);
            assertThat(Memory.usedAfterGc() - before).isLessThan(32 << 20);
        }
    }

    /** Its pongs are signs of life: no heartbeat ends it while they are read. */
    @Test
    void queuesOnePongForAClientThatSendsPongsAndReadsNone(Bystander others) throws Exception {
        await().until(() -> others.percentile(50) > 0);
        var sent = new AtomicInteger();
        var enough = new AtomicBoolean();
        try (var greedy = new RawSocket(port, "/mcp", 4096)) {
            KeepAlive life =
                    await().until(this::silent, Optional::isPresent)
                            .orElseThrow()
                            .connection()
                            .life();
            var pinging = Thread.ofVirtual().start(() -> pingsAndPongs(greedy, sent, enough));
            await().atMost(Duration.ofMinutes(2))
                    .until(() ->
                            unsentFrames() > 1000
                                    || life.isPongOverdue(System.nanoTime(), 1_000_000_000));
            assertThat(unsentFrames()).isLessThan(1000);
            enough.set(true);
            int pongs = 0;
            for (RawSocket.Frame frame = greedy.read();
                    frame.opcode() != RawSocket.TEXT;
                    frame = greedy.read()) {
                pongs += frame.opcode() == RawSocket.PONG ? 1 : 0;
            }
            pinging.join();
            assertThat(pongs).isEqualTo(sent.get());
        }
    }

    private Optional<OpenConnection> silent() {
        return connections.open().stream().filter(each -> each.messagesReceived() == 0).findFirst();
    }

    /** Returns how many more frames the server has read than written, of one connection. */
    private long unsentFrames() {
        var server = ((JettyWebServer) Objects.requireNonNull(context.getWebServer())).getServer();
        return server.getConnectors()[0].getConnectedEndPoints().stream()
                .map(EndPoint::getConnection)
                .filter(org.eclipse.jetty.websocket.core.WebSocketConnection.class::isInstance)
                .mapToLong(each -> each.getMessagesIn() - each.getMessagesOut())
                .max()
                .orElse(0);
    }

    /** Stays below the limit of frames; sends a call in the end. */
    private static void pingsAndPongs(RawSocket socket, AtomicInteger sent, AtomicBoolean enough) {
        byte[] ping = RawSocket.frame(RawSocket.FIN | RawSocket.PING, new byte[125]);
        byte[] pings =
                RawSocket.frames(Stream.generate(() -> ping).limit(400).toArray(byte[][]::new));
        try {
            while (!enough.get()) {
                socket.sendRaw(pings);
                sent.addAndGet(400);
                socket.send(RawSocket.PONG, new byte[0]);
                Thread.sleep(100);
            }
            socket.sendText(call(1, "increment", "{}"));
        } catch (IOException | InterruptedException closed) {
            // fails the test
        }
    }

    private static void pings(RawSocket socket) {
        byte[] ping = RawSocket.frame(RawSocket.FIN | RawSocket.PING, new byte[125]);
        try {
            while (true) {
                socket.sendRaw(ping);
            }
        } catch (IOException closed) {
            // as it must be
        }
    }
}
