package io.springline.relay.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.relay.AttachedUpstreams.State;
import io.springline.testing.RedisServer;
import io.springline.testing.SocketPeer;
import io.springline.transport.drain.GracefulDrain;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** Two replicas: that of an attached server drains while clients of the other one call it. */
@Timeout(300)
class AttachNodeDrainIT {

    @RegisterExtension static final RedisServer REDIS = new RedisServer();

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private static void call(SocketPeer client, int id, String what) {
        client.send(
                """
                {"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"commit","arguments":{"what":"%s"}}}
                """
                        .formatted(id, what));
    }

    private static JsonNode answer(SocketPeer client) throws InterruptedException {
        JsonNode next = client.receive();
        while (next.has("method")) {
            next = client.receive();
        }
        return next;
    }

    private static String text(JsonNode answer) {
        return answer.at("/result/content/0/text").asString("");
    }

    private static TestAgent agent(AttachNode node) {
        return new TestAgent(
                node.attachUri("?name=git&instance=7"),
                "git",
                "commit",
                call -> what(call).equals("open") ? null : what(call));
    }

    private static String what(JsonNode call) {
        return call.at("/params/arguments/what").asString("");
    }

    private static long runs(String what, TestAgent... agents) {
        return List.of(agents).stream()
                .flatMap(each -> each.received().stream())
                .filter(each -> each.path("method").asString("").equals("tools/call"))
                .filter(each -> what(each).equals(what))
                .count();
    }

    @Test
    void answersCallsOfTheOtherReplicaOnceWhileTheServersReplicaDrains() throws Exception {
        try (var draining = AttachNode.start(REDIS.arguments());
                var other = AttachNode.start(REDIS.arguments());
                var client = other.client("/mcp", "{}");
                var before = agent(draining);
                var idle = TestAgent.echo(draining.attachUri("?name=idle"), "idle", "rest")) {
            await().atMost(PATIENCE).until(() -> other.shows("idle", State.ONLINE));
            await().atMost(PATIENCE)
                    .until(() ->
                            client.ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}")
                                    .toString()
                                    .contains("\"commit\""));
            call(client, 2, "open");
            JsonNode open = before.call();
            draining.context().getBean(GracefulDrain.class).begin();
            assertThat(idle.closed().get(60, TimeUnit.SECONDS)).isEqualTo(1012);
            assertThat(before.closed()).as("the connection of the open call").isNotDone();
            before.answer(open.get("id"), TestAgent.text("done"));
            JsonNode first = answer(client);
            assertThat(first.path("id").asInt()).isEqualTo(2);
            assertThat(text(first)).isEqualTo("done");

            call(client, 3, "late"); // its connection may end at any moment now
            assertThat(before.closed().get(60, TimeUnit.SECONDS)).isEqualTo(1012);
            try (var after = agent(other)) {
                JsonNode late = answer(client);
                assertThat(late.path("id").asInt()).isEqualTo(3);
                assertThat(runs("late", before, after))
                        .as("%s", late)
                        .isEqualTo(text(late).equals("late") ? 1 : 0);

                await().atMost(PATIENCE).until(() -> other.shows("git", State.ONLINE));
                call(client, 4, "next");
                assertThat(text(answer(client))).isEqualTo("next");
                assertThat(runs("next", before, after)).isEqualTo(1);
                assertThat(runs("open", before, after)).isEqualTo(1);
            }
        }
    }
}
