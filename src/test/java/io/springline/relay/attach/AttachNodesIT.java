package io.springline.relay.attach;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.feature.endpoint.Resources;
import io.springline.relay.AttachedUpstreams.State;
import io.springline.session.node.ClusterNodes;
import io.springline.session.node.ClusterNodes.Change;
import io.springline.session.node.ClusterNodes.Shared;
import io.springline.testing.RedisServer;
import io.springline.testing.SocketPeer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Two replicas: servers attach to one of them, clients call at the other. */
@Timeout(400)
class AttachNodesIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /**
     * Until the names of servers that are away are given up, and calls are served after a fault.
     */
    private static final Duration LONG_PATIENCE = Duration.ofSeconds(120);

    private static final String SUBSCRIBE = "resources/subscribe";

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

    /** Names of an earlier test are given up after the grace. */
    @BeforeEach
    void nobodyIsAttached() {
        Awaitility.await().atMost(LONG_PATIENCE).until(() -> a.isEmpty() && b.isEmpty());
    }

    private static JsonNode ask(SocketPeer client, String json) throws InterruptedException {
        client.send(json);
        return answer(client);
    }

    private static List<String> tools(SocketPeer client) throws InterruptedException {
        JsonNode list = ask(client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}");
        var names = new ArrayList<String>();
        list.at("/result/tools").forEach(tool -> names.add(tool.path("name").asString("")));
        return names;
    }

    private static String request(int id, String tool, String more) {
        return """
        {"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"%s","arguments":{}%s}}
        """
                .formatted(id, tool, more);
    }

    private static void awaitTool(SocketPeer client, String tool) {
        Awaitility.await().atMost(PATIENCE).until(() -> tools(client).contains(tool));
    }

    private static String text(JsonNode answer) {
        return answer.at("/result/content/0/text").asString("");
    }

    @Test
    void servesAServerThatHasAttachedToTheOtherReplica() throws Exception {
        try (var agent = TestAgent.echo(a.attachUri("?name=git"), "git", "commit");
                var client = b.client("/mcp", "{}")) {
            awaitTool(client, "commit");
            assertThat(text(ask(client, request(2, "commit", "")))).isEqualTo("git ran commit");
            assertThat(agent.call().at("/params/name").asString("")).isEqualTo("commit");
            assertThat(agent.hasCall()).as("a second time").isFalse();
            try (var alone = b.client("/mcp/git", "{}")) {
                assertThat(tools(alone)).containsExactly("commit");
            }
            assertThat(b.shows("git", State.ONLINE)).isTrue();
        }
    }

    @Test
    void tellsACallerAtTheOtherReplicaThatItsOutcomeIsUnknown() throws Exception {
        var agent = new TestAgent(a.attachUri("?name=git"), "git", "commit", call -> null);
        try (var client = b.client("/mcp", "{}")) {
            awaitTool(client, "commit");
            client.send(request(2, "commit", ""));
            agent.call();
            agent.cut();
            JsonNode answer = answer(client);
            assertThat(answer.at("/error/data/reason").asString("")).isEqualTo("outcome-unknown");
            Awaitility.await().atMost(PATIENCE).until(() -> b.shows("git", State.OFFLINE));
            assertThat(text(ask(client, request(3, "commit", ""))))
                    .contains("'git' is offline since");
            Awaitility.await().atMost(PATIENCE).until(() -> !tools(client).contains("commit"));
        }
    }

    @Test
    void followsAServerThatConnectsToTheOtherReplica() throws Exception {
        try (var client = b.client("/mcp", "{}");
                var clientOfA = a.client("/mcp", "{}");
                var old = TestAgent.echo(a.attachUri("?name=git&instance=7"), "git", "commit")) {
            awaitTool(client, "commit");
            awaitTool(clientOfA, "commit");
            try (var next = TestAgent.echo(b.attachUri("?name=git&instance=7"), "git", "commit")) {
                assertThat(old.closed().get(60, TimeUnit.SECONDS)).isEqualTo(4409);
                Awaitility.await()
                        .atMost(PATIENCE)
                        .until(() ->
                                text(ask(clientOfA, request(2, "commit", "")))
                                        .equals("git ran commit"));
                Awaitility.await()
                        .atMost(PATIENCE)
                        .until(() ->
                                text(ask(client, request(3, "commit", "")))
                                        .equals("git ran commit"));
                assertThat(next.call()).isNotNull();
                assertThat(old.hasCall()).isFalse();
                assertThat(next.closed()).isNotDone();
            }
        }
    }

    private static JsonNode receive(SocketPeer client, String method) throws InterruptedException {
        JsonNode next = client.receive();
        while (!next.path("method").asString("").equals(method)) {
            next = client.receive();
        }
        return next;
    }

    private static JsonNode answer(SocketPeer client) throws InterruptedException {
        JsonNode next = client.receive();
        while (next.has("method")) {
            next = client.receive();
        }
        return next;
    }

    @Test
    void passesProgressQuestionsAndCancellationsBetweenReplicas() throws Exception {
        try (var agent = new TestAgent(a.attachUri("?name=git"), "git", "commit", call -> null);
                var other = a.client("/mcp", "{}");
                var client = b.client("/mcp", "{\"elicitation\":{}}")) {
            awaitTool(client, "commit");
            client.send(request(2, "commit", ",\"_meta\":{\"progressToken\":\"p\"}"));
            JsonNode call = agent.call();
            String token = call.at("/params/_meta/progressToken").asString("");
            agent.send(
                    """
                    {"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"%s","progress":1}}
                    """
                            .formatted(token));
            assertThat(
                            receive(client, "notifications/progress")
                                    .at("/params/progressToken")
                                    .asString(""))
                    .isEqualTo("p");
            agent.send(
                    """
                    {"jsonrpc":"2.0","id":"q","method":"elicitation/create","params":{"message":"Sure?",
                    "requestedSchema":{"type":"object","properties":{}},"_meta":{"progressToken":"%s"}}}
                    """
                            .formatted(token));
            JsonNode question = receive(client, "elicitation/create");
            assertThat(question.at("/params/message").asString("")).isEqualTo("Sure?");
            client.send(
                    "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"action\":\"accept\",\"content\":{}}}"
                            .formatted(question.get("id")));
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() ->
                            agent.received().stream()
                                    .anyMatch(each ->
                                            each.path("id").asString("").equals("q")
                                                    && each.at("/result/action")
                                                            .asString("")
                                                            .equals("accept")));
            client.send(
                    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":2}}");
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() ->
                            agent.received().stream()
                                    .anyMatch(each ->
                                            each.path("method")
                                                            .asString("")
                                                            .equals("notifications/cancelled")
                                                    && each.at("/params/requestId")
                                                            .equals(call.get("id"))));
            assertThat(tools(other)).as("a client of the other replica").contains("commit");
        }
    }

    @Test
    void showsAServerOfADeadReplicaAsOfflineAndThenForgetsIt() throws Exception {
        var gone =
                new SharedServer(
                        "dead-1",
                        "anonymous",
                        false,
                        State.ONLINE,
                        System.currentTimeMillis(),
                        null,
                        "192.0.2.1",
                        false);
        ClusterNodes nodes = b.context().getBean(ClusterNodes.class);
        assertThat(nodes.change("attached", "ghost", 0, new Shared(1, gone.toJson())))
                .isEqualTo(Change.DONE);
        Awaitility.await().atMost(PATIENCE).until(() -> b.shows("ghost", State.OFFLINE));
        Awaitility.await().atMost(LONG_PATIENCE).until(() -> b.isEmpty() && a.isEmpty());
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> {
                    Map<String, Shared> left = nodes.records("attached");
                    return left != null && left.isEmpty();
                });
    }

    @Test
    void twoServersAtTwoReplicasBothStay() throws Exception {
        try (var first = TestAgent.echo(a.attachUri("?name=git"), "one", "commit");
                var client = a.client("/mcp", "{}")) {
            awaitTool(client, "commit");
            Awaitility.await().atMost(PATIENCE).until(() -> b.shows("git", State.ONLINE));
            try (var second = TestAgent.echo(b.attachUri("?name=git"), "two", "commit")) {
                awaitTool(client, "git-2_commit");
                assertThat(text(ask(client, request(2, "git-2_commit", ""))))
                        .isEqualTo("two ran commit");
                assertThat(text(ask(client, request(3, "git_commit", ""))))
                        .isEqualTo("one ran commit");
                assertThat(first.closed()).isNotDone();
                assertThat(second.closed()).isNotDone();
            }
        }
    }

    @Test
    void endsCallsOverRedisWhenItStopsAndServesThemWhenItIsBack() throws Exception {
        try (var agent = new TestAgent(a.attachUri("?name=git"), "git", "commit", each -> null);
                var local = a.client("/mcp", "{}");
                var client = b.client("/mcp", "{}")) {
            awaitTool(client, "commit");
            awaitTool(local, "commit");
            client.send(request(2, "commit", ""));
            agent.call();
            redis.stop();
            try {
                assertThat(answer(client).at("/error/data/reason").asString(""))
                        .isEqualTo("outcome-unknown");
                assertThat(text(ask(client, request(3, "commit", "")))).contains("offline");
                local.send(request(2, "commit", ""));
                JsonNode atHome = agent.call();
                agent.answer(atHome.get("id"), TestAgent.text("here"));
                assertThat(text(answer(local))).isEqualTo("here");
                Awaitility.await()
                        .atMost(PATIENCE)
                        .until(() -> a.context().getBean(ClusterNodes.class).isAway());
                try (var stranger = TestAgent.echo(a.attachUri("?name=new"), "new", "x")) {
                    assertThat(stranger.closed().get(60, TimeUnit.SECONDS)).isEqualTo(1013);
                }
            } finally {
                redis.start();
            }
            Awaitility.await()
                    .atMost(LONG_PATIENCE)
                    .until(() -> {
                        client.send(request(4, "commit", ""));
                        return text(answerBy(agent, client, "back")).equals("back");
                    });
        }
    }

    private static void subscribe(SocketPeer client, String... uris) throws InterruptedException {
        for (String uri : uris) {
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> askForResources(client, "list", uri).toString().contains(uri));
            assertThat(askForResources(client, "subscribe", uri).has("result")).isTrue();
        }
    }

    private static JsonNode askForResources(SocketPeer client, String method, String uri)
            throws InterruptedException {
        return ask(
                client,
                """
                {"jsonrpc":"2.0","id":1,"method":"resources/%s","params":{"uri":"%s"}}
                """
                        .formatted(method, uri));
    }

    /** Returns how many updates of one resource came before one of another. */
    private static int updates(SocketPeer client, String uri, String until)
            throws InterruptedException {
        int count = 0;
        for (String next = ""; !next.equals(until); ) {
            next =
                    receive(client, "notifications/resources/updated")
                            .at("/params/uri")
                            .asString("");
            count += next.equals(uri) ? 1 : 0;
        }
        return count;
    }

    @Test
    void tellsEachSubscriberOfAnUpdateOnce() throws Exception {
        String uri = "test://one";
        String last = "test://two";
        try (var agent = TestAgent.withResources(a.attachUri("?name=files"), uri, last);
                var here = a.client("/mcp", "{}");
                var there = b.client("/mcp", "{}")) {
            subscribe(here, uri, last);
            subscribe(there, uri, last);
            Awaitility.await().atMost(PATIENCE).until(() -> agent.wasAsked(SUBSCRIBE, last));
            agent.send(
                    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/resources/updated\",\"params\":{\"uri\":\"test://one\"}}");
            for (SocketPeer each : List.of(here, there)) {
                assertThat(updates(each, uri, uri)).isEqualTo(1);
            }
            // what the nodes had sent to each other before arrives before these
            for (AttachNode node : List.of(a, b)) {
                node.context().getBean(Resources.class).announceUpdate(last);
                for (SocketPeer each : List.of(here, there)) {
                    assertThat(updates(each, uri, last)).as("once more").isZero();
                }
            }
        }
    }

    @Test
    void unsubscribesWhatANodeThatStopsHasSubscribed() throws Exception {
        String uri = "test://one";
        try (var agent = TestAgent.withResources(a.attachUri("?name=files"), uri)) {
            try (var c = AttachNode.start(redis.arguments());
                    var client = c.client("/mcp", "{}")) {
                subscribe(client, uri);
                Awaitility.await().atMost(PATIENCE).until(() -> agent.wasAsked(SUBSCRIBE, uri));
            }
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> agent.wasAsked("resources/unsubscribe", uri));
        }
    }

    /** Returns the answer to a call, which the agent gives if it gets the call. */
    private static JsonNode answerBy(TestAgent agent, SocketPeer client, String text)
            throws InterruptedException {
        String next = null;
        for (long end = System.nanoTime() + PATIENCE.toNanos();
                next == null && System.nanoTime() < end; ) {
            if (agent.hasCall()) {
                agent.answer(agent.call().get("id"), TestAgent.text(text));
            }
            next = client.poll(20);
            if (next != null && SocketPeer.JSON.readTree(next).has("method")) {
                next = null;
            }
        }
        assertThat(next).as("an answer").isNotNull();
        return SocketPeer.JSON.readTree(next);
    }

    /** Prints how long calls take, and until callers know that a server has gone. */
    @Test
    void answersEachCallOnceAtBothReplicas() throws Exception {
        int calls = Integer.getInteger("attach.nodes.calls", 50);
        int cuts = Integer.getInteger("attach.nodes.cuts", 3);
        try (var agent = TestAgent.echo(a.attachUri("?name=git"), "git", "commit");
                var local = a.client("/mcp", "{}");
                var client = b.client("/mcp", "{}")) {
            awaitTool(client, "commit");
            awaitTool(local, "commit");
            List<Double> here = new ArrayList<>();
            List<Double> there = new ArrayList<>();
            for (int n = 0; n < calls; n++) {
                here.add(millis(local, n + 10));
                there.add(millis(client, n + 10));
            }
            assertThat(agent.received())
                    .filteredOn(each -> each.path("method").asString("").equals("tools/call"))
                    .hasSize(2 * calls);
            print("calls at the server's replica", here);
            print("calls at the other replica", there);
        }
        List<Double> told = new ArrayList<>();
        for (int n = 0; n < cuts; n++) {
            String name = "cut" + n;
            String tool = "go" + n;
            try (var agent = new TestAgent(a.attachUri("?name=" + name), "x", tool, call -> null);
                    var client = b.client("/mcp", "{}")) {
                Awaitility.await().atMost(PATIENCE).until(() -> b.shows(name, State.ONLINE));
                awaitTool(client, tool);
                client.send(request(2, tool, ""));
                agent.call();
                long begun = System.nanoTime();
                agent.cut();
                assertThat(answer(client).at("/error/data/reason").asString(""))
                        .isEqualTo("outcome-unknown");
                told.add((System.nanoTime() - begun) / 1e6);
            }
        }
        print("until callers at the other replica know that the server has gone", told);
    }

    private static double millis(SocketPeer client, int id) throws InterruptedException {
        long begun = System.nanoTime();
        assertThat(text(ask(client, request(id, "commit", "")))).isEqualTo("git ran commit");
        return (System.nanoTime() - begun) / 1e6;
    }

    private static void print(String what, List<Double> millis) {
        millis.sort(null);
        System.out.printf(
                "%s: p50 %.1f ms, p99 %.1f ms, %d%n",
                what,
                millis.get(millis.size() / 2),
                millis.get(millis.size() * 99 / 100),
                millis.size());
    }
}
