package io.springline.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.mcp.CloseReason;
import io.springline.session.limit.UnreadMemory;
import io.springline.testing.Http;
import io.springline.testing.McpPeer;
import io.springline.testing.Memory;
import io.springline.testing.RawSocket;
import io.springline.testing.SocketPeer;
import io.springline.transport.TransportStatistics;
import io.springline.transport.websocket.Undisturbed.Bystander;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** Clients that read nothing on many connections hold little memory, and only their own. */
@HostileTest
@TestPropertySource(
        properties = {
            "springline.requests.max-unread-memory=32MB",
            "springline.websocket.trusted-proxies=127.0.0.1",
            // larger than what these clients hold on any connection
            "springline.websocket.outbound-buffer-size=16MB",
            "springline.websocket.write-timeout=3s"
        })
class UnreadMemoryIT {

    private static final String HOSTILE = "X-Forwarded-For: 10.0.0.66";
    private static final int CONNECTIONS = 12;

    /** Half of the limit, once as results and once as the payloads that are made of them. */
    private static final long MOST = 48L << 20;

    @LocalServerPort int port;
    @Autowired UnreadMemory unread;
    @Autowired TransportStatistics statistics;

    private static String blob(Object id, int bytes) {
        return """
        {"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{%s,"name":"blob","arguments":{"bytes":%d}}}\
        """
                .formatted(id, McpPeer.meta("{}"), bytes);
    }

    private static void ask(RawSocket socket, int calls) {
        Thread.startVirtualThread(() -> {
            try {
                for (int i = 0; i < calls; i++) {
                    socket.sendText(blob(i, 900_000));
                }
            } catch (IOException closed) {
                // as it must be
            }
        });
    }

    @Test
    void boundsTheHeapThatAClientHoldsWhoReadsNothing(Bystander others) throws Exception {
        await().until(() -> others.percentile(50) > 0);
        long before = Memory.usedAfterGc();
        long slow = statistics.closedBy(CloseReason.SLOW_CONSUMER);
        var most = new AtomicLong();
        List<RawSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < CONNECTIONS; i++) {
                RawSocket socket = new RawSocket(port, "/mcp", 4096, HOSTILE);
                sockets.add(socket);
                ask(socket, 100);
            }
            await().untilAsserted(
                            () -> assertThat(notReading()).contains("anonymous at 10.0.0.66"));
            await().pollInterval(Duration.ofMillis(300))
                    .until(() -> {
                        most.accumulateAndGet(Memory.usedAfterGc() - before, Math::max);
                        return unread.bytes() == 0;
                    });
        } finally {
            for (RawSocket socket : sockets) {
                socket.close();
            }
        }
        System.out.printf("%d MB more at most%n", most.get() >> 20);
        assertThat(most.get()).isLessThan(MOST);
        assertThat(statistics.closedBy(CloseReason.SLOW_CONSUMER)).isGreaterThan(slow);
        await().untilAsserted(() -> assertThat(notReading()).isEmpty());
    }

    private List<String> notReading() throws Exception {
        String health = Http.send(port, "GET", "/actuator/health").body();
        JsonNode names =
                McpPeer.JSON.readTree(health).at("/components/capacity/details/notReading");
        return names.valueStream().map(JsonNode::asString).toList();
    }

    /** The socket is a queue of its own before the session, and none afterwards. */
    @Test
    void countsWhatResumableSessionsKeep() throws Exception {
        List<SocketPeer> peers = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                SocketPeer peer = SocketPeer.connect("ws://127.0.0.1:" + port + "/mcp");
                peers.add(peer);
                peer.ask("{\"jsonrpc\":\"2.0\",\"id\":\"o\",\"method\":\"springline/open\"}");
                peer.send(blob(1, 900_000));
            }
            await().until(() -> unread.bytes() > 7 << 20);
            assertThat(unread.bytes()).isLessThan(17 << 20);
            peers.forEach(SocketPeer::cut);
            assertThat(unread.bytes()).isGreaterThan(7 << 20);
        } finally {
            peers.forEach(SocketPeer::close);
        }
        // The grace period is over.
        await().until(() -> unread.bytes() == 0);
    }

    @Test
    void countsWhatHttpResponsesHold(Bystander others) throws Exception {
        List<RawSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < 10; i++) {
                RawSocket socket = RawSocket.withoutRequest(port, 4096);
                sockets.add(socket);
                post(socket, blob(1, 6_000_000));
            }
            await().until(() -> unread.bytes() > 7 << 20);
            await().untilAsserted(() -> assertThat(notReading()).isNotEmpty());
            // Closed after the write timeout, although each of them holds less than its own limit.
            await().until(() -> notReading().isEmpty());
        } finally {
            for (RawSocket socket : sockets) {
                socket.close();
            }
        }
        await().until(() -> unread.bytes() == 0);
    }

    private static void post(RawSocket socket, String call) throws IOException {
        byte[] body = call.getBytes(StandardCharsets.UTF_8);
        String head =
                """
                POST /mcp HTTP/1.1\r
                Host: 127.0.0.1\r
                %s\r
                Content-Type: application/json\r
                Accept: application/json, text/event-stream\r
                MCP-Protocol-Version: 2026-07-28\r
                Mcp-Method: tools/call\r
                Mcp-Name: blob\r
                Content-Length: %d\r
                \r
                """
                        .formatted(HOSTILE, body.length);
        socket.sendRaw(head.getBytes(StandardCharsets.US_ASCII));
        socket.sendRaw(body);
    }
}
