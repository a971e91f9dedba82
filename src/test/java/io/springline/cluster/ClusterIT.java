package io.springline.cluster;

import static io.springline.cluster.Nodes.call;
import static io.springline.cluster.Nodes.connect;
import static io.springline.cluster.Nodes.open;
import static io.springline.cluster.Nodes.resume;
import static io.springline.cluster.Nodes.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.session.limit.SlidingWindowCounter;
import io.springline.testing.CborPeer;
import io.springline.testing.McpPeer;
import io.springline.testing.RedisServer;
import io.springline.testing.RunningJar;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** Two services that are one: sessions move between them, and what one says all clients hear. */
class ClusterIT {

    @RegisterExtension static final RedisServer REDIS = new RedisServer();

    private static Nodes nodes;
    private static RunningJar a;
    private static RunningJar b;

    private final String key = UUID.randomUUID().toString();

    @BeforeAll
    static void start() throws Exception {
        nodes = new Nodes();
        a = nodes.start(REDIS.port());
        b = nodes.start(REDIS.port());
        Nodes.joined(a);
        Nodes.joined(b);
    }

    @AfterAll
    static void stop() {
        if (nodes != null) {
            nodes.close();
        }
    }

    @Test
    void aSessionIsResumedOnTheOtherNode() throws Exception {
        try (var first = connect(a);
                var second = connect(b)) {
            JsonNode grant = open(first);
            first.initialize("2025-11-25", "{}");
            first.ask(call(2, "count", key, 0));
            awaitKept(grant, 2);
            JsonNode resumed = resume(second, grant, 1).get("result");
            assertThat(resumed.get("resumed").asBoolean()).isTrue();
            assertThat(resumed.get("sent").asInt()).isEqualTo(2);
            assertThat(text(second.receive())).isEqualTo("ran " + key);
            assertThat(first.awaitClose()).isEqualTo(4409);
            skipChanges(second);
            // initialized before, and an id that has its answer is not run again
            assertThat(
                            second.ask("{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/list\"}")
                                    .at("/result/tools")
                                    .size())
                    .isPositive();
            assertThat(text(second.ask(call(2, "count", key, 0)))).isEqualTo("ran " + key);
            assertThat(nodes.runs(key)).isEqualTo(1);
            try (var late = connect(a);
                    var third = connect(a)) {
                assertThat(resume(late, grant, 2).at("/error/data/reason").asString())
                        .isEqualTo("unknown");
                assertThat(resume(third, resumed, 2).at("/result/resumed").asBoolean()).isTrue();
            }
        }
    }

    /** Waits until Redis has this many messages; they are written after they are sent. */
    private static void awaitKept(JsonNode grant, int messages) {
        String session = grant.get("token").asString().split("[.]")[0];
        await().until(() ->
                REDIS.command("XLEN springline:{%s}:log".formatted(session))
                        .equals(":" + messages));
    }

    /** Nobody knows what has changed while the session moved, so its client is told. */
    private static void skipChanges(McpPeer peer) throws Exception {
        Set<String> told = new HashSet<>();
        for (int i = 0; i < 3; i++) {
            told.add(peer.receive().get("method").asString());
        }
        assertThat(told)
                .containsExactlyInAnyOrder(
                        "notifications/tools/list_changed",
                        "notifications/prompts/list_changed",
                        "notifications/resources/list_changed");
    }

    @Test
    void aSessionOfCborIsResumedOnTheOtherNodeAndStaysCbor() throws Exception {
        try (var first = new CborPeer(a.uri());
                var second = new CborPeer(b.uri())) {
            JsonNode grant = open(first);
            first.ask(call(1, "count", key, 0));
            first.send(call(2, "count", key + "-slow", 700));
            await().until(() -> nodes.runs(key + "-slow") == 1);
            first.cut();
            try (var text = connect(b)) {
                assertThat(resume(text, grant, 0).at("/error/data/reason").asString())
                        .isEqualTo("unknown");
            }
            // what was kept, and what a former owner sends along, is in CBOR already
            assertThat(resume(second, grant, 0).at("/result/sent").asInt()).isBetween(1, 2);
            assertThat(text(second.receive())).isEqualTo("ran " + key);
            assertThat(text(second.receive())).isEqualTo("ran " + key + "-slow");
            assertThat(text(second.ask(call(3, "count", key + "-on", 0))))
                    .isEqualTo("ran " + key + "-on");
        }
    }

    @Test
    void aSessionOfTextIsUnknownToAConnectionOfCborAndLeftAlone() throws Exception {
        try (var first = connect(a);
                var second = connect(b)) {
            JsonNode grant = open(first);
            first.ask(call(1, "count", key, 0));
            for (RunningJar node : List.of(a, b)) {
                try (var cbor = new CborPeer(node.uri())) {
                    assertThat(resume(cbor, grant, 0).at("/error/data/reason").asString())
                            .isEqualTo("unknown");
                }
            }
            assertThat(text(first.ask(call(2, "count", key + "-on", 0))))
                    .isEqualTo("ran " + key + "-on");
            // kept already, or sent along by the former owner
            assertThat(resume(second, grant, 1).at("/result/sent").asInt()).isBetween(1, 2);
            assertThat(text(second.receive())).isEqualTo("ran " + key + "-on");
        }
    }

    @Test
    void aCallGoesOnWhereItRunsAndIsAnsweredWhereTheClientIs() throws Exception {
        try (var first = connect(a);
                var second = connect(b)) {
            JsonNode grant = open(first);
            first.send(call(1, "count", key, 700));
            await().until(() -> nodes.runs(key) == 1);
            first.cut();
            assertThat(resume(second, grant, 0).at("/result/resumed").asBoolean()).isTrue();
            second.send(call(1, "count", key, 700));
            assertThat(text(second.receive())).isEqualTo("ran " + key);
            assertThat(nodes.runs(key)).isEqualTo(1);
        }
    }

    @Test
    void aQuestionAndACancelReachTheNodeThatRunsTheCall() throws Exception {
        try (var first = connect(a);
                var second = connect(b)) {
            JsonNode grant = open(first);
            first.initialize("2025-11-25", "{\"elicitation\":{}}");
            first.send(
                    """
                    {"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"test_elicitation","arguments":{"message":"who?"}}}\
                    """);
            JsonNode question = first.receive();
            assertThat(question.get("method").asString()).isEqualTo("elicitation/create");
            first.send(call(6, "count", key, 60_000));
            await().until(() -> nodes.runs(key) == 1);
            first.cut();
            assertThat(resume(second, grant, 2).at("/result/resumed").asBoolean()).isTrue();
            skipChanges(second);
            second.send(
                    """
                    {"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":6}}\
                    """);
            second.send(
                    """
                    {"jsonrpc":"2.0","id":%s,"result":{"action":"accept","content":{"username":"u","email":"e@example.com"}}}\
                    """
                            .formatted(question.get("id")));
            JsonNode answer = second.receive();
            assertThat(answer.get("id").asInt()).isEqualTo(5);
            assertThat(text(answer)).contains("accept");
            await().until(() -> nodes.runs(key + " was interrupted") == 1);
        }
    }

    @Test
    void subscriptionsGoAlongAndHearOfChangesOnEachNode() throws Exception {
        try (var first = connect(a);
                var second = connect(b);
                var third = connect(a)) {
            JsonNode grant = open(first);
            String listen =
                    """
                    {"jsonrpc":"2.0","id":"l","method":"subscriptions/listen","params":{%s,"notifications":{"toolsListChanged":true}}}\
                    """
                            .formatted(McpPeer.meta("{}"));
            first.send(listen);
            assertThat(first.receive().get("method").asString())
                    .isEqualTo("notifications/subscriptions/acknowledged");
            assertThat(resume(second, grant, 1).at("/result/resumed").asBoolean()).isTrue();
            JsonNode next = second.receive();
            if (next.toString().contains("subscriptions/acknowledged")) {
                next = second.receive(); // Redis did not have the acknowledgement yet
            }
            assertThat(next.get("method").asString()).isEqualTo("notifications/tools/list_changed");
            // as after each resume, since it has no answer; a strike each would close with 1008
            for (int i = 0; i < 2 * SlidingWindowCounter.LIMIT; i++) {
                second.send(listen);
            }
            third.ask(call(1, "announce", key, 0));
            JsonNode change = second.receive();
            assertThat(change.get("method").asString())
                    .isEqualTo("notifications/tools/list_changed");
            assertThat(
                            change.at("/params/_meta/io.modelcontextprotocol~1subscriptionId")
                                    .asString())
                    .isEqualTo("l");
        }
    }

    @Test
    void anOperatorSeesAndReachesConnectionsOnEachNode() throws Exception {
        try (var first = connect(a);
                var second = connect(b)) {
            first.initialize("2025-11-25", "{}");
            second.initialize("2025-11-25", "{}");
            await().until(() -> connections(a).size() == 2);
            Set<String> names = new HashSet<>();
            connections(a).forEach(each -> names.add(each.get("node").asString()));
            assertThat(names).hasSize(2);
            String notification =
                    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"level\":\"info\",\"data\":1}}";
            assertThat(send("POST", "?scope=cluster&principal=anonymous", notification))
                    .isEqualTo(200);
            assertThat(first.receive().get("method").asString()).isEqualTo("notifications/message");
            assertThat(second.receive().get("method").asString())
                    .isEqualTo("notifications/message");
            for (JsonNode each : connections(a)) {
                String id = each.get("id").asString();
                assertThat(send("GET", "/" + id, "")).isEqualTo(200);
                assertThat(send("POST", "/" + id, notification)).isEqualTo(200);
                assertThat(send("DELETE", "/" + id, "")).isEqualTo(204);
                assertThat(send("DELETE", "/" + UUID.randomUUID(), "")).isEqualTo(404);
            }
            assertThat(first.awaitClose()).isEqualTo(1008);
            assertThat(second.awaitClose()).isEqualTo(1008);
        }
    }

    private static JsonNode connections(RunningJar node) throws Exception {
        return Nodes.json(node, "/actuator/connections?scope=cluster").get("connections");
    }

    private static int send(String method, String path, String body) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(
                                        URI.create(
                                                "http://127.0.0.1:%d/actuator/connections%s"
                                                        .formatted(a.port(), path)))
                                .header("Content-Type", "application/json")
                                .method(method, HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        BodyHandlers.ofString())
                .statusCode();
    }
}
