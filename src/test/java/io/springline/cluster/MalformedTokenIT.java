package io.springline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.McpPeer;
import io.springline.testing.RedisTopology;
import io.springline.testing.RunningJar;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Nothing that a client can send in {@code springline/resume} makes its node leave the cluster. */
class MalformedTokenIT {

    private static final String SECRET = "A".repeat(43);

    private static final List<String> TOKENS =
            List.of(
                    "x",
                    "}.x",
                    "{",
                    "",
                    ".",
                    "{}." + SECRET,
                    "}{" + "." + SECRET,
                    "\u0000." + SECRET,
                    "a".repeat(100_000),
                    UUID.randomUUID() + ".",
                    UUID.randomUUID() + "." + SECRET);

    @Test
    void isUnknownToTheClientAndDisturbsNobody() throws Exception {
        try (var redis = RedisTopology.CLUSTER.start();
                var nodes = new Nodes()) {
            RunningJar node =
                    Nodes.joined(
                            nodes.start(
                                    RunningJar.freePort(),
                                    redis.arguments(),
                                    // a busy machine is not a Redis that is away
                                    "--springline.cluster.redis.patience=10s"));
            int interruptions = Nodes.interruptions(node);
            try (var bystander = SteadyCalls.resumable(node, "bystander")) {
                bystander.awaitMore();
                var answers = new ArrayList<String>();
                for (String token : TOKENS) {
                    answers.add(resume(node, token, "epoch", 0));
                    assertThat(Nodes.redis(node)).isEqualTo("joined");
                }
                assertThat(answers).containsOnly("unknown");
                assertThat(resume(node, TOKENS.getLast(), "{", 0)).isEqualTo("unknown");
                assertThat(resume(node, TOKENS.getLast(), "01234567", Long.MAX_VALUE))
                        .isEqualTo("unknown");
                bystander.awaitMore();
                bystander.end();
            }
            assertThat(Nodes.redis(node)).isEqualTo("joined");
            assertThat(Nodes.interruptions(node)).isEqualTo(interruptions);
        }
    }

    /** Returns the reason why not, or the close code in place of an answer. */
    private static String resume(RunningJar node, String token, String epoch, long received)
            throws Exception {
        var grant = JsonNodeFactory.instance.objectNode();
        grant.put("token", token).put("epoch", epoch);
        try (var peer = Nodes.connect(node)) {
            peer.send(Nodes.resumption(grant, received));
            String text = peer.poll(5_000);
            JsonNode answer = text == null ? null : McpPeer.JSON.readTree(text);
            return answer == null
                    ? "closed with " + peer.awaitClose()
                    : answer.at("/error/data/reason").asString();
        }
    }
}
