package io.springline.cluster;

import static io.springline.cluster.Nodes.call;
import static io.springline.cluster.Nodes.connect;
import static io.springline.cluster.Nodes.open;
import static io.springline.cluster.Nodes.resume;
import static io.springline.cluster.Nodes.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.McpPeer;
import io.springline.testing.RedisServer;
import io.springline.testing.RunningJar;
import io.springline.testing.TcpProxy;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.convert.DurationStyle;
import tools.jackson.databind.JsonNode;

/**
 * What is left of a session when its node is killed, when Redis is gone or silent, and when the two
 * do not see each other. Node b reaches Redis by a proxy that can split them.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class NodeLossIT {

    @RegisterExtension static final RedisServer REDIS = new RedisServer();

    /** How long Redis is gone: {@code -Dredis.outage=10s} makes it as long as it is meant. */
    private static final Duration OUTAGE =
            DurationStyle.detectAndParse(System.getProperty("redis.outage", "1s"));

    private static Nodes nodes;
    private static TcpProxy between;
    private static RunningJar a;
    private static RunningJar b;

    @BeforeAll
    static void start() throws Exception {
        nodes = new Nodes();
        between = new TcpProxy(REDIS.port());
        a = nodes.start(REDIS.port());
        b = nodes.start(between.port());
        Nodes.joined(a);
        Nodes.joined(b);
    }

    @AfterAll
    static void stop() throws Exception {
        if (nodes != null) {
            nodes.close();
            between.close();
        }
    }

    @Test
    @Order(1)
    void whileRedisIsSilentCallsGoOn() throws Exception {
        try (var peer = connect(a)) {
            open(peer);
            REDIS.pause(Duration.ofSeconds(2));
            for (int i = 0; i < 20; i++) {
                String key = "paused-" + i;
                assertThat(text(peer.ask(call('"' + key + '"', "count", key, 0))))
                        .isEqualTo("ran " + key);
            }
        }
        await().until(() -> Nodes.redis(a).equals("joined") && Nodes.redis(b).equals("joined"));
    }

    @Test
    @Order(2)
    void whileRedisIsGoneNoCallFailsAndAfterwardsTheSessionsMove() throws Exception {
        try (var plainOnA = SteadyCalls.plain(a, "plain-a");
                var plainOnB = SteadyCalls.plain(b, "plain-b");
                var onA = SteadyCalls.resumable(a, "resumable-a");
                var onB = SteadyCalls.resumable(b, "resumable-b")) {
            var all = List.of(plainOnA, plainOnB, onA, onB);
            all.forEach(SteadyCalls::awaitMore);
            REDIS.stop();
            await().until(NodeLossIT::isAway);
            await().atMost(OUTAGE.plusSeconds(60)).during(OUTAGE).until(NodeLossIT::isAway);
            all.forEach(SteadyCalls::awaitMore);
            assertThat(a.get("/actuator/health/liveness").statusCode()).isEqualTo(200);
            assertThat(a.get("/actuator/health/readiness").statusCode()).isEqualTo(200);
            assertThat(Nodes.json(a, "/actuator/health").get("status").asString()).isEqualTo("UP");
            assertThat(a.get("/actuator/prometheus").body())
                    .contains("springline_cluster_available 0.0");
            try (var elsewhere = connect(b)) {
                // the client is asked to try again, not to start over
                elsewhere.send(Nodes.resumption(onA.grant(), 0));
                assertThat(elsewhere.awaitClose()).isEqualTo(1013);
            }
            REDIS.start();
            await().until(() -> Nodes.hasRejoined(a) && Nodes.hasRejoined(b));
            all.forEach(SteadyCalls::awaitMore);
            for (SteadyCalls calls : all) {
                System.out.println("Redis gone for " + OUTAGE + ": " + calls.end());
            }
            onA.assertMovesTo(b);
            onB.assertMovesTo(a);
        }
        assertThat(nodes.runs()).doesNotHaveDuplicates();
    }

    private static boolean isAway() {
        return Nodes.redis(a).equals("away") && Nodes.redis(b).equals("away");
    }

    @Test
    @Order(3)
    void aNodeThatRedisHasLostSightOfFindsOutThatItIsNotTheOwner() throws Exception {
        try (var peer = connect(b);
                var other = connect(a)) {
            JsonNode grant = open(peer);
            peer.ask(call(1, "count", "split-1", 0));
            between.split();
            await().until(() -> Nodes.redis(b).equals("away"));
            assertThat(text(peer.ask(call(2, "count", "split-2", 0)))).isEqualTo("ran split-2");
            assertThat(resume(other, grant, 1).at("/result/resumed").asBoolean()).isTrue();
            assertThat(text(answer(other, 3, "split-3"))).isEqualTo("ran split-3");
            // until it sees Redis again, it can but go on
            assertThat(text(peer.ask(call(4, "count", "split-4", 0)))).isEqualTo("ran split-4");
            assertThat(peer.closeCode()).isNull();
            between.heal();
            assertThat(peer.awaitClose()).isEqualTo(4409);
            assertThat(text(answer(other, 5, "split-5"))).isEqualTo("ran split-5");
            await().until(() -> Nodes.redis(b).equals("joined"));
        }
        assertThat(nodes.runs()).doesNotHaveDuplicates();
    }

    /**
     * Calls, and passes over what answers nothing that a client waits for: the first call was
     * answered before Redis had its answer, perhaps, and its node counts as lost some time later.
     */
    private static JsonNode answer(McpPeer peer, int id, String key) throws Exception {
        JsonNode next = peer.ask(call(id, "count", key, 0));
        while (next.path("id").asInt() != id) {
            next = peer.receive();
        }
        return next;
    }

    @Test
    @Order(4)
    void aKilledNodesAnswersAreReplayedAndWhatItRanHasAnUnknownOutcome() throws Exception {
        try (var peer = connect(b);
                var idempotent = connect(b)) {
            JsonNode grant = open(peer);
            peer.ask(call(1, "count", "kept", 0));
            peer.send(call(2, "count", "running", 60_000));
            JsonNode other = open(idempotent);
            idempotent.send(call(1, "count_idempotently", "repeated", 1_000));
            await().until(() -> nodes.runs("running") == 1 && nodes.runs("repeated") == 1);
            b.kill();
            try (var next = connect(a)) {
                assertThat(resume(next, grant, 0).at("/result/sent").asInt()).isEqualTo(1);
                assertThat(text(next.receive())).isEqualTo("ran kept");
                next.send(call(1, "count", "kept", 0));
                next.send(call(2, "count", "running", 60_000));
                JsonNode again = next.receive();
                assertThat(text(again)).isEqualTo("ran kept");
                JsonNode unknown = next.receive();
                assertThat(unknown.get("id").asInt()).isEqualTo(2);
                assertThat(unknown.at("/error/code").asInt()).isEqualTo(-32603);
                assertThat(unknown.at("/error/data/outcome").asString()).isEqualTo("unknown");
                assertThat(next.ask(call(2, "count", "running", 0))).isEqualTo(unknown);
            }
            try (var next = connect(a)) {
                assertThat(resume(next, other, 0).at("/result/resumed").asBoolean()).isTrue();
                assertThat(text(next.ask(call(1, "count_idempotently", "repeated", 0))))
                        .isEqualTo("ran repeated");
            }
            assertThat(nodes.runs("kept")).isEqualTo(1);
            assertThat(nodes.runs("running")).isEqualTo(1);
            assertThat(nodes.runs("repeated")).isEqualTo(2);
        }
    }
}
