package io.springline.transport.drain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.mcp.CloseReason;
import io.springline.testing.McpPeer;
import io.springline.testing.SocketPeer;
import io.springline.testing.TranscriptFixture;
import io.springline.transport.TransportStatistics;
import io.springline.transport.websocket.Connections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.JsonNode;

/** Connections that grow old. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "springline.features.built-in=false",
            "springline.websocket.max-age=1s",
            "springline.requests.timeout=5s"
        })
@Import(TranscriptFixture.class)
class MaxAgeIT {

    @LocalServerPort int port;
    @Autowired TransportStatistics statistics;
    @Autowired Connections connections;

    private SocketPeer connect() {
        return SocketPeer.connect("ws://127.0.0.1:" + port + "/mcp");
    }

    private static String call(int id, String tool, String arguments) {
        return """
        {"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{%s,"name":"%s","arguments":%s}}\
        """
                .formatted(id, McpPeer.meta("{}"), tool, arguments);
    }

    private static String listen(String id) {
        return """
        {"jsonrpc":"2.0","id":"%s","method":"subscriptions/listen","params":{%s,"notifications":{"toolsListChanged":true}}}\
        """
                .formatted(id, McpPeer.meta("{}"));
    }

    @Test
    void closesAnIdleConnectionAndEndsItsSubscriptions() throws Exception {
        long before = statistics.closedBy(CloseReason.MAX_AGE);
        try (var peer = connect()) {
            assertThat(peer.ask(listen("l")).path("method").asString()).contains("acknowledged");
            assertThat(peer.receive().at("/result/resultType").asString()).isEqualTo("complete");
            assertThat(peer.awaitClose()).isEqualTo(1012);
        }
        await().until(() -> statistics.closedBy(CloseReason.MAX_AGE) > before);
    }

    @Test
    void answersBeforeItClosesABusyConnection() throws Exception {
        try (var peer = connect();
                var other = connect()) {
            peer.send(call(1, "slow", "{\"gate\":\"max-age\"}"));
            assertThat(other.awaitClose()).isEqualTo(1012);
            assertThat(peer.ask(call(2, "echo", "{\"message\":\"hi\"}")).has("result")).isTrue();
            try (var opener = connect()) {
                opener.ask(call(1, "open_gate", "{\"gate\":\"max-age\"}"));
            }
            assertThat(peer.receive().path("id").asInt()).isEqualTo(1);
            assertThat(peer.awaitClose()).isEqualTo(1012);
        }
    }

    @Test
    @Timeout(180)
    void closesAConnectionThatIsNeverIdle() throws Exception {
        try (var peer = connect()) {
            peer.send(call(0, "slow", "{\"gate\":\"rest-0\"}"));
            for (int i = 1; peer.closeCode() == null; i++) {
                // each begins before the one before it ends
                peer.send(call(2 * i, "slow", "{\"gate\":\"rest-%d\"}".formatted(i)));
                peer.send(call(2 * i + 1, "open_gate", "{\"gate\":\"rest-%d\"}".formatted(i - 1)));
                peer.poll(200);
                peer.poll(200);
                // nothing comes: no faster than the rate that is allowed
                peer.poll(50);
            }
            assertThat(peer.awaitClose()).isEqualTo(1012);
        }
    }

    @Test
    void notifiesAResumableSessionWhichContinuesWithItsSubscriptions() throws Exception {
        try (var peer = connect()) {
            JsonNode grant =
                    peer.ask("{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"springline/open\"}")
                            .get("result");
            peer.ask(listen("l"));
            JsonNode notice = peer.receive();
            assertThat(notice.path("method").asString()).isEqualTo("springline/drain");
            assertThat(peer.awaitClose()).isEqualTo(1012);
            try (var next = connect()) {
                assertThat(
                                next.ask(
                                                """
                                                {"jsonrpc":"2.0","id":"r","method":"springline/resume","params":{"token":%s,"epoch":%s,"received":2}}\
                                                """
                                                        .formatted(
                                                                grant.get("token"),
                                                                grant.get("epoch")))
                                        .at("/result/sent")
                                        .asInt())
                        .isEqualTo(2);
                assertThat(next.ask(listen("l")).path("error").path("message").asString())
                        .isEmpty();
            }
        }
    }
}
