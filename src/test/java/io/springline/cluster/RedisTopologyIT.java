package io.springline.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.RedisServers;
import io.springline.testing.RedisTopology;
import io.springline.testing.RunningJar;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Two services by TLS, with Sentinel, in a Redis Cluster; and what they do when a master is lost:
 * {@code ./mvnw verify -Pslow}.
 */
@Tag("slow")
class RedisTopologyIT {

    private static final Duration FAILOVER = Duration.ofSeconds(60);

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "STANDALONE")
    void noCallFailsSessionsMoveAndNewsTravel(RedisTopology topology) throws Exception {
        try (var redis = topology.start();
                var nodes = new Nodes()) {
            RunningJar a = nodes.start(RunningJar.freePort(), redis.arguments());
            RunningJar b = nodes.start(RunningJar.freePort(), redis.arguments());
            Nodes.joined(a);
            Nodes.joined(b);
            assertThatNewsTravel(a, b);
            try (var plain = SteadyCalls.plain(a, "plain");
                    var onA = SteadyCalls.resumable(a, "resumable-a");
                    var onB = SteadyCalls.resumable(b, "resumable-b")) {
                var all = List.of(plain, onA, onB);
                all.forEach(SteadyCalls::awaitMore);
                if (redis.hasReplicas()) {
                    loseMaster(redis, a, b);
                }
                all.forEach(SteadyCalls::awaitMore);
                for (SteadyCalls calls : all) {
                    System.out.println(topology + ": " + calls.end());
                }
                onA.assertMovesTo(b);
                onB.assertMovesTo(a);
            }
            assertThatNewsTravel(b, a);
            assertThat(nodes.runs()).doesNotHaveDuplicates();
        }
    }

    /** That of the key which each node renews all the time. */
    private static void loseMaster(RedisServers redis, RunningJar a, RunningJar b) {
        redis.killMaster("springline:nodes");
        await().until(() -> Nodes.interruptions(a) > 0 && Nodes.interruptions(b) > 0);
        await().atMost(FAILOVER).until(() -> Nodes.hasRejoined(a) && Nodes.hasRejoined(b));
    }

    private static void assertThatNewsTravel(RunningJar from, RunningJar to) throws Exception {
        try (var listening = Nodes.connect(to);
                var announcing = Nodes.connect(from)) {
            listening.initialize("2025-11-25", "{}");
            listening.ask("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}");
            announcing.ask(Nodes.call(1, "announce", "news-to-" + to.port(), 0));
            assertThat(listening.receive().get("method").asString())
                    .isEqualTo("notifications/tools/list_changed");
        }
    }
}
