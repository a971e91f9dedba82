package io.springline.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.McpPeer;
import io.springline.testing.RawSocket;
import io.springline.testing.RunningJar;
import io.springline.testing.SocketPeer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** SIGTERM under load, on the jar. */
class DrainIT {

    private static final int CLIENTS = 8;
    private static final int CALLS = 4;

    private static String call(int id, String tool, String arguments) {
        return """
        {"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{%s,"name":"%s","arguments":%s}}\
        """
                .formatted(id, McpPeer.meta("{}"), tool, arguments);
    }

    @Test
    void everyAcceptedRequestIsAnsweredAndTheJvmLeavesAlthoughOneClientNeverReads()
            throws Exception {
        try (var server =
                new RunningJar(
                                "--spring.profiles.active=conformance",
                                "--springline.drain.timeout=20s")
                        .ready()) {
            List<SocketPeer> peers = new ArrayList<>();
            for (int c = 0; c < CLIENTS; c++) {
                SocketPeer peer = SocketPeer.connect(server.uri());
                peers.add(peer);
                peer.send(
                        """
                        {"jsonrpc":"2.0","id":"sub","method":"subscriptions/listen","params":{%s,"notifications":{"toolsListChanged":true}}}\
                        """
                                .formatted(McpPeer.meta("{}")));
                assertThat(peer.receive().get("method").asString())
                        .isEqualTo("notifications/subscriptions/acknowledged");
                for (int i = 0; i < CALLS; i++) {
                    peer.send(call(i, "sleep", "{\"ms\":2000}"));
                }
                // Its answer proves that the calls before it were accepted.
                assertThat(peer.ask(call(99, "echo", "{\"message\":\"x\"}")).get("id").asInt())
                        .isEqualTo(99);
            }
            try (var resuming = SocketPeer.connect(server.uri());
                    var neverReads = new RawSocket(server.port(), "/mcp", 4096)) {
                resuming.ask("{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"springline/open\"}");
                for (int i = 0; i < 20; i++) {
                    neverReads.sendText(call(i, "blob", "{\"bytes\":1000000}"));
                }
                server.terminate();
                for (SocketPeer peer : peers) {
                    Set<String> answered = new HashSet<>();
                    for (int i = 0; i < CALLS + 1; i++) {
                        var answer = peer.receive();
                        assertThat(answer.has("result")).as(answer.toString()).isTrue();
                        answered.add(answer.get("id").asString());
                    }
                    assertThat(answered).containsExactlyInAnyOrder("0", "1", "2", "3", "sub");
                    assertThat(peer.awaitClose()).isEqualTo(1001);
                }
                var announcement = resuming.receive();
                assertThat(announcement.get("method").asString()).isEqualTo("springline/drain");
                assertThat(announcement.at("/params/reconnectAfterMs").asInt())
                        .isBetween(500, 3000);
                assertThat(resuming.awaitClose()).isEqualTo(1001);
                assertThat(server.awaitExit(Duration.ofSeconds(30))).as(server.log()).isTrue();
            }
            assertThat(server.log()).doesNotContain("ERROR", "Exception");
        }
    }
}
