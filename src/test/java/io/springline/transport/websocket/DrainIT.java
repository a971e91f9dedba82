package io.springline.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.Http;
import io.springline.testing.McpPeer;
import io.springline.testing.RawSocket;
import io.springline.testing.RunningJar;
import io.springline.testing.SocketPeer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** SIGTERM and {@code POST /actuator/drain}, on the jar. */
class DrainIT {

    private static final int CLIENTS = 8;
    private static final int CALLS = 4;

    private static String call(int id, String tool, String arguments) {
        return """
        {"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{%s,"name":"%s","arguments":%s}}\
        """
                .formatted(id, McpPeer.meta("{}"), tool, arguments);
    }

    private static JsonNode open(SocketPeer peer) throws Exception {
        return peer.ask("{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"springline/open\"}")
                .get("result");
    }

    private static void assertDrainNotice(JsonNode message) {
        assertThat(message.path("method").asString()).isEqualTo("springline/drain");
        assertThat(message.at("/params/reconnectAfterMs").asInt()).isBetween(200, 1500);
    }

    @Test
    void answersAcceptedRequestsAndStopsAlthoughAClientNeverReads() throws Exception {
        try (var server = server("--springline.drain.timeout=20s")) {
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
                open(resuming);
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
                    assertThat(peer.awaitClose()).isEqualTo(1012);
                }
                assertDrainNotice(resuming.receive());
                assertThat(resuming.awaitClose()).isEqualTo(1012);
                assertThat(server.awaitExit(Duration.ofSeconds(30))).as(server.log()).isTrue();
            }
            assertThat(server.log()).doesNotContain("ERROR", "Exception");
        }
    }

    @Test
    void staysUpAfterADrainByAnOperator() throws Exception {
        try (var server = server("--springline.drain.delay=3s", "--springline.drain.timeout=60s");
                var idle = SocketPeer.connect(server.uri());
                var busy = SocketPeer.connect(server.uri());
                var plain = new RawSocket(server.port(), "/mcp")) {
            open(idle);
            open(busy);
            assertThat(drain(server, "GET").get("state").asString()).isEqualTo("serving");
            JsonNode begun = drain(server, "POST");
            assertThat(begun.get("state").asString()).isEqualTo("leaving");
            assertThat(begun.get("connections").asInt()).isEqualTo(3);

            // not ready at once, and for the delay everybody is served all the same
            assertThat(status(server, "/actuator/health/readiness")).isEqualTo(503);
            try (var late = SocketPeer.connect(server.uri())) {
                assertThat(late.ask(call(1, "echo", "{\"message\":\"x\"}")).has("result")).isTrue();
            }
            busy.send(call(1, "sleep", "{\"ms\":6000}"));
            assertThat(busy.ask(call(2, "echo", "{\"message\":\"x\"}")).has("result")).isTrue();
            JsonNode again = drain(server, "POST");
            assertThat(again.get("since")).isEqualTo(begun.get("since"));

            // idle connections are closed first
            assertDrainNotice(idle.receive());
            assertThat(idle.awaitClose()).isEqualTo(1012);
            assertThat(plain.read(RawSocket.CLOSE).code()).isEqualTo(1012);
            plain.sendText(call(1, "increment", "{}")); // as if it had crossed the close frame
            try (var refused = new RawSocket(server.port(), "/mcp")) {
                assertThat(refused.status()).isEqualTo(503);
                assertThat(refused.response()).containsIgnoringCase("Retry-After: ");
            }
            JsonNode draining = drain(server, "GET");
            assertThat(draining.get("state").asString()).isEqualTo("draining");
            assertThat(draining.get("inFlight").asInt()).isEqualTo(1);

            // then busy ones, when they are done; no further request is run
            assertDrainNotice(busy.receive());
            assertThat(busy.ask(call(3, "echo", "{\"message\":\"x\"}")).at("/error/data/outcome"))
                    .isEqualTo(McpPeer.JSON.readTree("\"not-run\""));
            assertThat(busy.receive().at("/result/content/0/text").asString())
                    .isEqualTo("slept 6000");
            assertThat(busy.awaitClose()).isEqualTo(1012);

            await().until(() -> drain(server, "GET").get("state").asString().equals("drained"));
            assertThat(status(server, "/actuator/health/liveness")).isEqualTo(200);
            assertThat(server.get("/actuator/health").body())
                    .contains("\"drain\":\"drained\"", "OUT_OF_SERVICE");
            assertThat(server.get("/actuator/prometheus").body())
                    .contains(
                            "springline_connections_closed_total{reason=\"service_restart\"} 3.0",
                            // two of echo and one of sleep
                            "{era=\"modern\",method=\"tools/call\",outcome=\"result\",transport=\"websocket\"} 3");
            server.terminate();
            assertThat(server.awaitExit(Duration.ofSeconds(30))).as(server.log()).isTrue();
            assertThat(server.log().lines().filter(line -> line.contains("drain: begins")))
                    .hasSize(1);
            assertThat(server.log()).doesNotContain("ERROR", "Exception");
        }
    }

    @Test
    void failsRequestsThatAreNotDoneInTime() throws Exception {
        try (var server = server("--springline.drain.timeout=2s");
                var peer = SocketPeer.connect(server.uri())) {
            peer.send(call(1, "sleep", "{\"ms\":60000}"));
            peer.ask(call(2, "echo", "{\"message\":\"accepted\"}"));
            server.terminate();
            assertThat(peer.receive().at("/error/data").toString())
                    .isEqualTo("{\"reason\":\"draining\",\"outcome\":\"unknown\"}");
            assertThat(peer.awaitClose()).isEqualTo(1001);
            assertThat(server.awaitExit(Duration.ofSeconds(30))).as(server.log()).isTrue();
        }
    }

    @Test
    @Tag("slow")
    void closesConnectionsInBatches() throws Exception {
        try (var server = server("--springline.drain.close-rate=10/s")) {
            List<SocketPeer> peers = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                peers.add(SocketPeer.connect(server.uri()));
            }
            long start = System.nanoTime();
            server.terminate();
            for (SocketPeer peer : peers) {
                assertThat(peer.awaitClose()).isEqualTo(1012);
            }
            // twenty-nine pauses of a tenth of a second at least
            assertThat(System.nanoTime() - start).isGreaterThan(2_900_000_000L);
            assertThat(server.awaitExit(Duration.ofSeconds(30))).as(server.log()).isTrue();
        }
    }

    private static RunningJar server(String... arguments) throws Exception {
        var all = new ArrayList<>(List.of(arguments));
        all.add("--spring.profiles.active=conformance");
        return new RunningJar(all.toArray(String[]::new)).ready();
    }

    private static JsonNode drain(RunningJar server, String method) throws Exception {
        var response = Http.send(server.port(), method, "/actuator/drain");
        assertThat(response.statusCode()).isEqualTo(200);
        return McpPeer.JSON.readTree(response.body());
    }

    private static int status(RunningJar server, String path) throws Exception {
        return server.get(path).statusCode();
    }
}
