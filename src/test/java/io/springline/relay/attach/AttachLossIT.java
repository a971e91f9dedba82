package io.springline.relay.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.McpPeer;
import io.springline.testing.RedisServer;
import io.springline.testing.RunningJar;
import io.springline.testing.SocketPeer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** Processes of the service that share a Redis and are killed while an attached server works. */
@Tag("chaos")
@Timeout(900)
class AttachLossIT {

    @RegisterExtension static final RedisServer REDIS = new RedisServer();

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private int ids;

    private static RunningJar node() throws Exception {
        var arguments = new ArrayList<>(REDIS.arguments());
        arguments.add("--springline.attach.enabled=true");
        arguments.add("--springline.cluster.redis.node-lease=3s");
        return new RunningJar(arguments.toArray(String[]::new));
    }

    private static String attachUri(RunningJar node) {
        return node.uri() + "/attach?name=git&instance=7";
    }

    private static SocketPeer client(RunningJar node) throws InterruptedException {
        SocketPeer peer = SocketPeer.connect(node.uri());
        peer.initialize("2025-11-25", "{}");
        return peer;
    }

    /** Returns what a node shows of the server. */
    private static String state(RunningJar node) throws Exception {
        return McpPeer.JSON
                .readTree(node.get("/actuator/attached").body())
                .findValuesAsString("state")
                .toString();
    }

    private int begin(SocketPeer client) {
        int id = ++ids;
        client.send(
                """
                {"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"commit","arguments":{}}}
                """
                        .formatted(id));
        return id;
    }

    private static JsonNode answer(SocketPeer client, int id) throws InterruptedException {
        JsonNode next = client.receive();
        while (next.has("method") || next.path("id").asInt() != id) {
            next = client.receive();
        }
        return next;
    }

    private static String text(JsonNode answer) {
        return answer.at("/result/content/0/text").asString("");
    }

    private static void awaitTool(SocketPeer client) {
        await().atMost(PATIENCE)
                .until(() ->
                        client.ask("{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"tools/list\"}")
                                .toString()
                                .contains("\"commit\""));
    }

    private static List<JsonNode> calls(TestAgent agent) {
        return agent.received().stream()
                .filter(each -> each.path("method").asString("").equals("tools/call"))
                .toList();
    }

    @Test
    void callersLearnOfAKilledReplicaAndEachCallRunsOnce() throws Exception {
        try (var a = node();
                var b = node()) {
            a.ready();
            b.ready();
            // it gives no new names before it has reached Redis
            await().atMost(PATIENCE).until(() -> a.log().contains("Redis is connected"));
            try (var client = client(b)) {
                try (var agent = new TestAgent(attachUri(a), "git", "commit", call -> null)) {
                    awaitTool(client);
                    int id = begin(client);
                    agent.call();
                    long killed = System.nanoTime();
                    a.kill();
                    assertThat(answer(client, id).at("/error/data/reason").asString(""))
                            .isEqualTo("outcome-unknown");
                    System.out.printf(
                            "caller told %.1f s after its server's replica was killed%n",
                            (System.nanoTime() - killed) / 1e9);
                    await().atMost(PATIENCE).until(() -> state(b).contains("OFFLINE"));
                    assertThat(text(answer(client, begin(client)))).contains("is offline since");
                    assertThat(calls(agent)).hasSize(1);
                }
                try (var c = node();
                        var agent = new TestAgent(attachUri(b), "git", "commit", call -> null)) {
                    await().atMost(PATIENCE).until(() -> state(b).contains("ONLINE"));
                    int id = begin(client);
                    agent.answer(agent.call().get("id"), TestAgent.text("here"));
                    assertThat(text(answer(client, id))).isEqualTo("here");
                    c.ready();
                    try (var lost = client(c)) {
                        awaitTool(lost);
                        begin(lost);
                        JsonNode running = agent.call();
                        long killed = System.nanoTime();
                        c.kill();
                        await().atMost(PATIENCE)
                                .until(() -> wasCancelled(agent, running.get("id")));
                        System.out.printf(
                                "server told %.1f s after its caller's replica was killed%n",
                                (System.nanoTime() - killed) / 1e9);
                    }
                    int next = begin(client);
                    agent.answer(agent.call().get("id"), TestAgent.text("again"));
                    assertThat(text(answer(client, next))).isEqualTo("again");
                    assertThat(calls(agent)).hasSize(3);
                    assertThat(agent.closed()).isNotDone();
                }
            }
        }
    }

    private static boolean wasCancelled(TestAgent agent, JsonNode id) {
        return agent.received().stream()
                .anyMatch(each ->
                        each.path("method").asString("").equals("notifications/cancelled")
                                && each.at("/params/requestId").equals(id));
    }
}
