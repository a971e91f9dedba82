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
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
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

    private static final AtomicInteger TESTS = new AtomicInteger();

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

    /** The server and its tool. Each test has its own: a name is kept for a while when it ends. */
    private final String server = "git" + TESTS.incrementAndGet();

    private final String tool = "commit" + TESTS.get();

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
        try (var agent = TestAgent.echo(a.attachUri("?name=" + server), server, tool);
                var client = b.client("/mcp", "{}")) {
            awaitTool(client, tool);
            assertThat(text(ask(client, request(2, tool, "")))).isEqualTo(server + " ran " + tool);
            assertThat(agent.call().at("/params/name").asString("")).isEqualTo(tool);
            assertThat(agent.hasCall()).as("a second time").isFalse();
            try (var alone = b.client("/mcp/" + server, "{}")) {
                assertThat(tools(alone)).containsExactly(tool);
            }
            assertThat(b.shows(server, State.ONLINE)).isTrue();
        }
    }

    @Test
    void tellsACallerAtTheOtherReplicaThatItsOutcomeIsUnknown() throws Exception {
        var agent = new TestAgent(a.attachUri("?name=" + server), server, tool, call -> null);
        try (var client = b.client("/mcp", "{}")) {
            awaitTool(client, tool);
            client.send(request(2, tool, ""));
            agent.call();
            agent.cut();
            JsonNode answer = answer(client);
            assertThat(answer.at("/error/data/reason").asString("")).isEqualTo("outcome-unknown");
            Awaitility.await().atMost(PATIENCE).until(() -> b.shows(server, State.OFFLINE));
            assertThat(text(ask(client, request(3, tool, ""))))
                    .contains("'" + server + "' is offline since");
            Awaitility.await().atMost(PATIENCE).until(() -> !tools(client).contains(tool));
        }
    }

    @Test
    void followsAServerThatConnectsToTheOtherReplica() throws Exception {
        try (var client = b.client("/mcp", "{}");
                var clientOfA = a.client("/mcp", "{}");
                var old =
                        TestAgent.echo(
                                a.attachUri("?name=" + server + "&instance=7"), server, tool)) {
            awaitTool(client, tool);
            awaitTool(clientOfA, tool);
            try (var next =
                    TestAgent.echo(b.attachUri("?name=" + server + "&instance=7"), server, tool)) {
                assertThat(old.closed().get(60, TimeUnit.SECONDS)).isEqualTo(4409);
                Awaitility.await()
                        .atMost(PATIENCE)
                        .until(() ->
                                text(ask(clientOfA, request(2, tool, "")))
                                        .equals(server + " ran " + tool));
                Awaitility.await()
                        .atMost(PATIENCE)
                        .until(() ->
                                text(ask(client, request(3, tool, "")))
                                        .equals(server + " ran " + tool));
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
        try (var agent = new TestAgent(a.attachUri("?name=" + server), server, tool, call -> null);
                var other = a.client("/mcp", "{}");
                var client = b.client("/mcp", "{\"elicitation\":{}}")) {
            awaitTool(client, tool);
            client.send(request(2, tool, ",\"_meta\":{\"progressToken\":\"p\"}"));
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
            awaitTool(other, tool);
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
        Awaitility.await()
                .atMost(LONG_PATIENCE)
                .until(() -> !a.knows("ghost") && !b.knows("ghost"));
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> {
                    Map<String, Shared> left = nodes.records("attached");
                    return left != null && !left.containsKey("ghost");
                });
    }

    @Test
    void twoServersAtTwoReplicasBothStay() throws Exception {
        try (var first = TestAgent.echo(a.attachUri("?name=" + server), "one", tool);
                var client = a.client("/mcp", "{}")) {
            awaitTool(client, tool);
            Awaitility.await().atMost(PATIENCE).until(() -> b.shows(server, State.ONLINE));
            try (var second = TestAgent.echo(b.attachUri("?name=" + server), "two", tool)) {
                awaitTool(client, server + "-2_" + tool);
                assertThat(text(ask(client, request(2, server + "-2_" + tool, ""))))
                        .isEqualTo("two ran " + tool);
                assertThat(text(ask(client, request(3, server + "_" + tool, ""))))
                        .isEqualTo("one ran " + tool);
                assertThat(first.closed()).isNotDone();
                assertThat(second.closed()).isNotDone();
            }
        }
    }

    @Test
    void endsCallsOverRedisWhenItStopsAndServesThemWhenItIsBack() throws Exception {
        try (var agent = new TestAgent(a.attachUri("?name=" + server), server, tool, each -> null);
                var local = a.client("/mcp", "{}");
                var client = b.client("/mcp", "{}")) {
            awaitTool(client, tool);
            awaitTool(local, tool);
            client.send(request(2, tool, ""));
            agent.call();
            redis.stop();
            try {
                assertThat(answer(client).at("/error/data/reason").asString(""))
                        .isEqualTo("outcome-unknown");
                assertThat(text(ask(client, request(3, tool, "")))).contains("offline");
                local.send(request(2, tool, ""));
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
                        client.send(request(4, tool, ""));
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
        String uri = "test://one/" + server;
        String last = "test://two/" + server;
        try (var agent = TestAgent.withResources(a.attachUri("?name=" + server), uri, last);
                var here = a.client("/mcp", "{}");
                var there = b.client("/mcp", "{}")) {
            subscribe(here, uri, last);
            subscribe(there, uri, last);
            Awaitility.await().atMost(PATIENCE).until(() -> agent.wasAsked(SUBSCRIBE, last));
            agent.send(
                    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/resources/updated\",\"params\":{\"uri\":\"%s\"}}"
                            .formatted(uri));
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
        String uri = "test://one/" + server;
        try (var agent = TestAgent.withResources(a.attachUri("?name=" + server), uri)) {
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
        try (var agent = TestAgent.echo(a.attachUri("?name=" + server), server, tool);
                var local = a.client("/mcp", "{}");
                var client = b.client("/mcp", "{}")) {
            awaitTool(client, tool);
            awaitTool(local, tool);
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

    private double millis(SocketPeer client, int id) throws InterruptedException {
        long begun = System.nanoTime();
        assertThat(text(ask(client, request(id, tool, "")))).isEqualTo(server + " ran " + tool);
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
