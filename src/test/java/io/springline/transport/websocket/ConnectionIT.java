package io.springline.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.McpPeer;
import io.springline.testing.RawSocket;
import io.springline.testing.SocketPeer;
import io.springline.transport.ConnectionView;
import io.springline.transport.TransportStatistics;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "spring.profiles.active=conformance",
            "springline.websocket.max-message-size=2MB",
            "springline.websocket.outbound-buffer-size=64KB",
            "springline.websocket.write-timeout=4s",
            "springline.websocket.heartbeat.interval=1s",
            "springline.websocket.heartbeat.timeout=2s",
            "springline.requests.max-in-flight=8",
            "springline.requests.timeout=2s"
        })
class ConnectionIT {

    @LocalServerPort int port;
    @Autowired Connections connections;
    @Autowired TransportStatistics statistics;

    private SocketPeer connect() {
        return SocketPeer.connect("ws://127.0.0.1:" + port + "/mcp");
    }

    private static String call(Object id, String tool, String arguments) {
        return """
        {"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{%s,"name":"%s","arguments":%s}}\
        """
                .formatted(id, McpPeer.meta("{}"), tool, arguments);
    }

    @Test
    void answersBinaryJsonAsText() throws Exception {
        try (var peer = connect()) {
            peer.sendBinary(
                    call(1, "echo", "{\"message\":\"ü\"}").getBytes(StandardCharsets.UTF_8));
            assertThat(peer.receive().at("/result/content/0/text").asString()).isEqualTo("Echo: ü");
        }
    }

    @Test
    void closesWith1003ForOtherBinaryMessages() throws Exception {
        try (var peer = connect()) {
            peer.sendBinary(new byte[] {(byte) 0xa1, 0, 1});
            assertThat(peer.awaitClose()).isEqualTo(1003);
        }
    }

    @Test
    void closesWith1009ForAMessageOverTheLimit() throws Exception {
        try (var peer = connect()) {
            String big = "x".repeat(1_500_000);
            var answer = peer.ask(call(1, "echo", "{\"message\":\"" + big + "\"}"));
            assertThat(answer.at("/result/content/0/text").asString()).isEqualTo("Echo: " + big);
            peer.send(call(2, "echo", "{\"message\":\"" + "x".repeat(2_100_000) + "\"}"));
            assertThat(peer.awaitClose()).isEqualTo(1009);
        }
    }

    @Test
    void joinsFragments() throws Exception {
        try (var peer = connect()) {
            peer.sendFragmented(call(1, "echo", "{\"message\":\"" + "ä€".repeat(500) + "\"}"), 7);
            assertThat(peer.receive().at("/result/content/0/text").asString())
                    .isEqualTo("Echo: " + "ä€".repeat(500));
        }
    }

    @Test
    void closesWith1007ForInvalidUtf8() throws Exception {
        try (var socket = new RawSocket(port, "/mcp")) {
            socket.send(RawSocket.TEXT, new byte[] {'"', (byte) 0xc3, '"'});
            assertThat(socket.read(RawSocket.CLOSE).code()).isEqualTo(1007);
        }
    }

    @Test
    void sendsAResultLargerThanTheOutboundBuffer() throws Exception {
        try (var peer = connect()) {
            var answer = peer.ask(call(1, "blob", "{\"bytes\":5000000}"));
            assertThat(answer.at("/result/content/0/text").asString()).hasSize(5_000_000);
        }
    }

    @Test
    void sendsManyLargeResultsToAClientThatReads() throws Exception {
        try (var peer = connect()) {
            for (int i = 0; i < 8; i++) {
                peer.send(call(i, "blob", "{\"bytes\":500000}"));
            }
            Set<Integer> answered = new HashSet<>();
            for (int i = 0; i < 8; i++) {
                answered.add(peer.receive().get("id").asInt());
            }
            assertThat(answered).hasSize(8);
        }
    }

    @Test
    void servesOtherRequestsAndCancelsDuringASlowCall() throws Exception {
        try (var peer = connect()) {
            peer.send(call("\"slow\"", "sleep", "{\"ms\":60000}"));
            assertThat(peer.ask(call(1, "echo", "{\"message\":\"fast\"}")).get("id").asInt())
                    .isEqualTo(1);
            peer.send(
                    """
                    {"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"slow"}}\
                    """);
            await().until(() -> inFlight() == 0);
            assertThat(peer.ask(call(2, "echo", "{\"message\":\"on\"}")).get("id").asInt())
                    .isEqualTo(2);
        }
    }

    @Test
    void queuesRequestsOverTheLimitAndRefusesFurtherOnes() throws Exception {
        try (var peer = connect()) {
            for (int i = 0; i < 16; i++) {
                peer.send(call(i, "sleep", "{\"ms\":600}"));
            }
            var refused = peer.ask(call(16, "echo", "{\"message\":\"x\"}"));
            assertThat(refused.at("/error/code").asInt()).isEqualTo(-32603);
            assertThat(refused.at("/error/message").asString()).contains("8 run, and as many wait");
            for (int i = 0; i < 16; i++) {
                assertThat(peer.receive().has("result")).isTrue();
            }
        }
    }

    /**
     * All running and all queued requests need an answer of the client, which arrives after them.
     */
    @Test
    void readsAnswersOfTheClientWhileRequestsAreQueued() throws Exception {
        try (var peer = connect()) {
            peer.initialize("2025-11-25", "{\"elicitation\":{}}");
            for (int i = 0; i < 16; i++) {
                peer.send(
                        """
                        {"jsonrpc":"2.0","id":"%d","method":"tools/call","params":{"name":"test_elicitation","arguments":{"message":"Who?"}}}\
                        """
                                .formatted(i));
            }
            for (int results = 0; results < 16; ) {
                var message = peer.receive();
                if (message.has("method")) {
                    peer.send(
                            "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"action\":\"decline\"}}"
                                    .formatted(message.get("id")));
                } else {
                    assertThat(message.has("result")).as("%s", message).isTrue();
                    results++;
                }
            }
        }
    }

    @Test
    void answersATimeoutAndInterruptsItsHandler() throws Exception {
        try (var peer = connect()) {
            var answer = peer.ask(call(1, "sleep", "{\"ms\":60000}"));
            assertThat(answer.at("/error/message").asString()).contains("timed out");
            await().until(() -> inFlight() == 0);
        }
    }

    @Test
    void closesWith1008AfterTwentyMalformedMessages() throws Exception {
        try (var peer = connect()) {
            for (int i = 0; i < 19; i++) {
                assertThat(peer.ask("{").at("/error/code").asInt()).isEqualTo(-32700);
            }
            peer.send("{");
            assertThat(peer.receive().at("/error/code").asInt()).isEqualTo(-32700);
            assertThat(peer.awaitClose()).isEqualTo(1008);
        }
    }

    @Test
    void closesAPeerThatAnswersNoPing() throws Exception {
        try (var peer = connect();
                var silent = new RawSocket(port, "/mcp")) {
            await().until(() -> connections.count() == 2);
            await().until(() -> connections.count() == 1);
            assertThat(silent.read(RawSocket.CLOSE).code()).isEqualTo(4408);
            assertThat(silent.isDropped()).isTrue();
            assertThat(peer.ask(call(1, "echo", "{\"message\":\"alive\"}")).has("result")).isTrue();
            await().until(() -> statistics.roundTrips() > 0);
        }
    }

    @Test
    void closesASlowClientAndServesOthers() throws Exception {
        long before = statistics.closedBy(io.springline.mcp.CloseReason.SLOW_CONSUMER);
        try (var peer = connect();
                var greedy = new RawSocket(port, "/mcp", 4096)) {
            for (int i = 0; i < 8; i++) {
                greedy.sendText(call(i, "blob", "{\"bytes\":8000000}"));
            }
            await().until(() -> connections.count() == 1);
            assertThat(peer.ask(call(1, "echo", "{\"message\":\"on\"}")).has("result")).isTrue();
        }
        assertThat(
                        statistics.closedBy(io.springline.mcp.CloseReason.SLOW_CONSUMER)
                                + statistics.closedBy(
                                        io.springline.mcp.CloseReason.HEARTBEAT_TIMEOUT))
                .isGreaterThan(before);
    }

    private int inFlight() {
        return connections.all().stream().mapToInt(ConnectionView::inFlight).sum();
    }
}
