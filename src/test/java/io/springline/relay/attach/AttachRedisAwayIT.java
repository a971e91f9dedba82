package io.springline.relay.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.relay.AttachedUpstreams.State;
import io.springline.session.node.ClusterNodes;
import io.springline.testing.RedisServer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two replicas whose Redis does not answer for a while: who has a name keeps it. */
@Timeout(400)
class AttachRedisAwayIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static RedisServer redis;
    private static AttachNode a;
    private static AttachNode b;

    @BeforeAll
    static void start() throws Exception {
        redis = RedisServer.started();
        a = AttachNode.start(redis.arguments());
        b = AttachNode.start(redis.arguments());
    }

    @AfterAll
    static void stop() {
        a.close();
        b.close();
        redis.stop();
    }

    private static void awaitAway(boolean away) {
        for (AttachNode each : new AttachNode[] {a, b}) {
            ClusterNodes nodes = each.context().getBean(ClusterNodes.class);
            await().atMost(PATIENCE).until(() -> nodes.isAway() == away);
        }
    }

    @Test
    void keepsTheNameOfAServerAtAReplicaThatCannotBeAsked() throws Exception {
        try (var old = TestAgent.echo(a.attachUri("?name=git&instance=1"), "git", "commit")) {
            await().atMost(PATIENCE).until(() -> b.shows("git", State.ONLINE));
            redis.freeze();
            try {
                awaitAway(true);
                try (var stranger =
                        TestAgent.echo(b.attachUri("?name=git&instance=2"), "git", "commit")) {
                    assertThat(stranger.closed().get(60, TimeUnit.SECONDS)).isEqualTo(1013);
                }
            } finally {
                redis.thaw();
            }
            awaitAway(false);
            try (var next = TestAgent.echo(b.attachUri("?name=git&instance=2"), "git", "commit")) {
                await().atMost(PATIENCE).until(() -> a.shows("git-2", State.ONLINE));
                assertThat(old.closed()).isNotDone();
                assertThat(next.closed()).isNotDone();
            }
        }
    }

    @Test
    void aServerMovesToAReplicaThatCannotAskTheOther() throws Exception {
        try (var old = TestAgent.echo(a.attachUri("?name=own&instance=1"), "own", "run")) {
            await().atMost(PATIENCE).until(() -> b.shows("own", State.ONLINE));
            redis.freeze();
            TestAgent next;
            try {
                awaitAway(true);
                next = TestAgent.echo(b.attachUri("?name=own&instance=1"), "own", "run");
                await().atMost(PATIENCE).until(() -> b.shows("own", State.ONLINE));
            } finally {
                redis.thaw();
            }
            assertThat(old.closed().get(60, TimeUnit.SECONDS)).isEqualTo(4409);
            assertThat(next.closed()).isNotDone();
            next.close();
        }
    }
}
