package io.springline.cluster;

import static io.springline.toolcall.approval.ApprovalFixture.ADA;
import static io.springline.toolcall.approval.ApprovalFixture.YES;
import static io.springline.toolcall.approval.ApprovalFixture.answer;
import static io.springline.toolcall.approval.ApprovalFixture.peer;
import static org.assertj.core.api.Assertions.assertThat;

import io.springline.cluster.redis.Bytes;
import io.springline.cluster.redis.Keys;
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

    /** Which one expires first says nothing: each tool has its own time to approve. */
    @Test
    void forgetsTheOldestTokenHoweverLongTheOthersLast() throws Exception {
        var tokens = a.bean(RedisSingleUseTokens.class);
        for (int i = 0; i < SingleUseTokens.MAX_PER_CLIENT; i++) {
            tokens.issue("mia", "t" + i, Duration.ofMinutes(i == 0 ? 60 : 30));
        }
        tokens.issue("mia", "short", Duration.ofMinutes(1));
        tokens.issue("mia", "last", Duration.ofMinutes(60));
        assertThat(tokens.take("mia", "t0")).isFalse();
        assertThat(tokens.take("mia", "t1")).isFalse();
        assertThat(tokens.take("mia", "t2")).isTrue();
        assertThat(tokens.take("mia", "short")).isTrue();
        assertThat(tokens.take("mia", "last")).isTrue();
    }

    /** An older version writes and takes in one key only, and evicts what expires first. */
    @Test
    void sharesTokensWithTheFormerVersion() throws Exception {
        var tokens = a.bean(RedisSingleUseTokens.class);
        String key = Bytes.text(a.bean(Keys.class).tokens("leo"));
        long later = System.currentTimeMillis() + 3_600_000;
        tokens.issue("leo", "taken", Duration.ofMinutes(10));
        tokens.issue("leo", "kept", Duration.ofMinutes(10));
        REDIS.require("ZREM " + key + " taken");
        for (int i = 1; i < SingleUseTokens.MAX_PER_CLIENT; i++) {
            REDIS.require("ZADD %s %d old%d".formatted(key, later, i));
        }
        tokens.issue("leo", "new", Duration.ofMinutes(10));
        assertThat(tokens.take("leo", "taken")).isFalse();
        assertThat(tokens.take("leo", "old1")).as("older than what has a time").isFalse();
        assertThat(tokens.take("leo", "old2")).isTrue();
        assertThat(tokens.take("leo", "kept")).isTrue();
        assertThat(tokens.take("leo", "new")).isTrue();
    }
}
