package io.springline.relay.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.RedisTopology;
import io.springline.testing.SocketPeer;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/**
 * Servers that attach to one of two replicas, with Sentinel and in a Redis Cluster, when a master
 * is lost.
 */
@Tag("chaos")
@Timeout(600)
class AttachTopologyIT {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int CALLS = 20;

    private int ids;

    private JsonNode call(SocketPeer client) throws InterruptedException {
        int id = ++ids;
        client.send(
                """
                {"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"commit","arguments":{}}}
                """
                        .formatted(id));
        JsonNode next = client.receive();
        while (next.path("id").asInt() != id || next.has("method")) {
            next = client.receive();
        }
        return next;
    }

    private static boolean isServed(JsonNode answer) {
        return answer.at("/result/content/0/text").asString("").equals("git ran commit");
    }

    @ParameterizedTest
    @EnumSource(names = {"SENTINEL", "CLUSTER"})
    void servesTheOtherReplicaBeforeAndAfterAMasterIsLost(RedisTopology topology) throws Exception {
        try (var redis = topology.start();
                var a = AttachNode.start(redis.arguments());
                var b = AttachNode.start(redis.arguments());
                var agent = TestAgent.echo(a.attachUri("?name=git"), "git", "commit");
                var client = b.client("/mcp", "{}")) {
            await().atMost(PATIENCE).until(() -> isServed(call(client)));
            for (int n = 0; n < CALLS; n++) {
                assertThat(isServed(call(client))).isTrue();
            }
            redis.killMaster("springline:nodes");
            await().atMost(PATIENCE).until(() -> !isServed(call(client)));
            await().atMost(PATIENCE).until(() -> isServed(call(client)));
            for (int n = 0; n < CALLS; n++) {
                assertThat(isServed(call(client))).isTrue();
            }
            long ran =
                    agent.received().stream()
                            .filter(each -> each.path("method").asString("").equals("tools/call"))
                            .count();
            assertThat(ran).as("calls that ran").isLessThanOrEqualTo(ids);
            assertThat(agent.closed()).as("the connection of the server").isNotDone();
        }
    }
}
