package io.springline.cluster;

import static io.springline.toolcall.approval.ApprovalFixture.ADA;
import static io.springline.toolcall.approval.ApprovalFixture.YES;
import static io.springline.toolcall.approval.ApprovalFixture.answer;
import static io.springline.toolcall.approval.ApprovalFixture.peer;
import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.RedisServer;
import io.springline.toolcall.approval.ApprovalFixture;
import io.springline.toolcall.approval.ApprovalFixture.Runs;
import io.springline.toolcall.approval.SingleUseTokens;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** An approval that two replicas share by a real Redis runs one call, at one of them. */
class ApprovalOverRedisIT {

    @RegisterExtension static final RedisServer REDIS = new RedisServer();

    private static TestNode a;
    private static TestNode b;

    @BeforeAll
    static void start() {
        var nodes = TestNode.start(2, REDIS.arguments());
        a = nodes.getFirst();
        b = nodes.getLast();
    }

    @AfterAll
    static void stop() {
        a.close();
        b.close();
    }

    @Test
    void runsOnceAtTheReplicaThatGetsTheAnswerFirst() {
        ApprovalFixture.runner()
                .withBean(SingleUseTokens.class, () -> a.bean(RedisSingleUseTokens.class))
                .run(here ->
                        ApprovalFixture.runner()
                                .withBean(
                                        SingleUseTokens.class,
                                        () -> b.bean(RedisSingleUseTokens.class))
                                .run(there -> {
                                    try (var ada = peer(here, ADA);
                                            var again = peer(there, ADA)) {
                                        JsonNode question =
                                                ApprovalFixture.call(ada, "wipe", "{}", "");
                                        assertThat(
                                                        answer(again, "wipe", "{}", question, YES)
                                                                .toString())
                                                .contains("wiped");
                                        for (var replica : List.of(ada, again)) {
                                            JsonNode replayed =
                                                    answer(replica, "wipe", "{}", question, YES);
                                            assertThat(replayed.at("/error/code").asInt())
                                                    .isEqualTo(-32602);
                                        }
                                        assertThat(here.getBean(Runs.class)).isEmpty();
                                        assertThat(there.getBean(Runs.class)).hasSize(1);
                                    }
                                }));
    }

    @Test
    void expiresAndBelongsToOneClient() throws Exception {
        var tokens = a.bean(RedisSingleUseTokens.class);
        String token = UUID.randomUUID().toString();
        tokens.issue("ada", token, Duration.ofMinutes(1));
        assertThat(b.bean(RedisSingleUseTokens.class).take("bob", token)).isFalse();
        assertThat(b.bean(RedisSingleUseTokens.class).take("ada", token)).isTrue();
        assertThat(tokens.take("ada", token)).isFalse();
        tokens.issue("ada", token, Duration.ofMillis(50));
        Awaitility.await().pollDelay(Duration.ofMillis(200)).until(() -> true);
        assertThat(tokens.take("ada", token)).isFalse();
    }

    @Test
    void keepsABoundedNumberPerClient() throws Exception {
        var tokens = a.bean(RedisSingleUseTokens.class);
        for (int i = 0; i <= SingleUseTokens.MAX_PER_CLIENT; i++) {
            tokens.issue("eve", "t" + i, Duration.ofMinutes(1).plusMillis(i * 100));
        }
        tokens.issue("ada", "mine", Duration.ofMinutes(1));
        assertThat(tokens.take("eve", "t0")).isFalse();
        assertThat(tokens.take("eve", "t1")).isTrue();
        assertThat(tokens.take("ada", "mine")).isTrue();
    }
}
