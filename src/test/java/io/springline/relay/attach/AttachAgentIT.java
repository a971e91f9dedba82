package io.springline.relay.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.client.AttachAgent;
import io.springline.client.McpWebSocketClient;
import io.springline.client.local.AttachTarget;
import io.springline.relay.AttachedUpstreams;
import io.springline.relay.StdioServer;
import io.springline.relay.Upstreams;
import io.springline.testing.CuttingProxy;
import io.springline.testing.SocketPeer;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The agent that attaches a stdio server, behind a network that breaks. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        classes = SpringlineApplication.class,
        properties = {
            "springline.attach.enabled=true",
            "springline.attach.connection-rate-per-token=1000/s",
            "springline.websocket.heartbeat.interval=1s",
            "springline.websocket.heartbeat.timeout=2s"
        })
class AttachAgentIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int CUTS = Integer.getInteger("attach.cuts", 40);
    private static final int MEAN_BYTES = Integer.getInteger("attach.bytes", 4_000);
    private static final int CALLERS = 4;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    @LocalServerPort int port;

    @Autowired Upstreams upstreams;

    @Autowired AttachedUpstreams attached;

    private static AttachTarget command() {
        var command = new ArrayList<String>();
        command.add(StdioServer.command().command());
        command.addAll(StdioServer.command().args());
        return new AttachTarget.Program(command);
    }

    private static JsonNode call(SocketPeer client, String tool, String arguments)
            throws InterruptedException {
        client.send(
                """
                {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"%s","arguments":%s}}
                """
                        .formatted(tool, arguments));
        return answer(client);
    }

    private static JsonNode answer(SocketPeer client) throws InterruptedException {
        JsonNode answer = client.receive();
        while (answer.has("method")) {
            answer = client.receive();
        }
        return answer;
    }

    private boolean isUp(String name) {
        return upstreams.all().stream()
                .anyMatch(each ->
                        each.name().equals(name) && each.state().equals("up") && each.tools() > 0);
    }

    private AttachAgent agent(int port, String name, AttachTarget command) {
        return McpWebSocketClient.builder(
                        URI.create("ws://127.0.0.1:%d/mcp/attach".formatted(port)))
                .heartbeat(Duration.ofMillis(500), Duration.ofSeconds(2))
                .backoff(Duration.ofMillis(20), Duration.ofMillis(200))
                // Short: some connections fall silent during the upgrade, several in a row.
                .connectTimeout(Duration.ofSeconds(2))
                .attach(name, command);
    }

    /** Connections end with FIN, with a reset and without a sign, in the middle of messages. */
    @Test
    void runsEachCallOnceAndAnswersItOnceOverConnectionsThatBreakAnywhere() throws Exception {
        try (var proxy = new CuttingProxy(port, MEAN_BYTES, 7)) {
            AttachAgent agent = agent(proxy.port(), "box", command());
            CompletableFuture<String> ended = start(agent);
            await().atMost(PATIENCE).until(() -> isUp("box"));
            long begun = System.nanoTime();
            var answers = new ConcurrentLinkedQueue<String>();
            var callers = new ArrayList<CompletableFuture<Void>>();
            for (int each = 0; each < CALLERS; each++) {
                callers.add(
                        CompletableFuture.runAsync(
                                () -> callUntil(() -> proxy.cuts() >= CUTS, answers), threads));
            }
            for (CompletableFuture<Void> caller : callers) {
                caller.get(CUTS + 120, TimeUnit.SECONDS);
            }
            proxy.calm();
            System.out.printf(
                    "%d cuts (%d without a sign) in %.0f s, %d answers%n",
                    proxy.cuts(),
                    proxy.silences(),
                    (System.nanoTime() - begun) / 1e9,
                    answers.size());
            assertThat(proxy.silences()).isPositive();
            var expected =
                    IntStream.rangeClosed(1, answers.size()).mapToObj(Integer::toString).toList();
            assertThat(answers).containsExactlyInAnyOrderElementsOf(expected);
            agent.stop();
            assertThat(ended.get(30, TimeUnit.SECONDS)).isEqualTo("stopped");
            await().atMost(PATIENCE).until(() -> !isUp("box"));
        }
    }

    private void callUntil(BooleanSupplier isOver, Collection<String> answers) {
        try (var client = SocketPeer.connect("ws://127.0.0.1:%d/mcp/box".formatted(port))) {
            client.initialize("2025-11-25", "{}");
            while (!isOver.getAsBoolean()) {
                answers.add(increment(client));
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static CompletableFuture<String> start(AttachAgent agent) {
        var ended = new CompletableFuture<String>();
        Thread.ofPlatform()
                .daemon()
                .start(() -> {
                    try {
                        String refusal = agent.run();
                        ended.complete(refusal == null ? "stopped" : refusal);
                    } catch (Exception e) {
                        ended.completeExceptionally(e);
                    }
                });
        return ended;
    }

    /** Returns the new count, or the error. */
    private static String increment(SocketPeer client) throws InterruptedException {
        JsonNode answer = call(client, "increment", "{}");
        return answer.has("error")
                ? answer.at("/error/message").asString()
                : answer.at("/result/content/0/text").asString();
    }

    @Test
    void attachesAServerThatRunsAtAUrlAndShowsTheStandardErrorOfAChild() throws Exception {
        AttachAgent child = agent(port, "inner", command());
        CompletableFuture<String> childEnd = start(child);
        await().atMost(PATIENCE).until(() -> isUp("inner"));
        await().atMost(PATIENCE)
                .until(() -> String.valueOf(attached.stderr("inner")).contains("ready"));
        var url = new AttachTarget.Url(URI.create("http://127.0.0.1:%d/mcp/inner".formatted(port)));
        AttachAgent agent = agent(port, "outer", url);
        CompletableFuture<String> end = start(agent);
        await().atMost(PATIENCE).until(() -> isUp("outer"));
        try (var client = SocketPeer.connect("ws://127.0.0.1:%d/mcp/outer".formatted(port))) {
            client.initialize("2025-11-25", "{}");
            assertThat(increment(client)).isEqualTo("1");
            assertThat(call(client, "huge", "{\"bytes\":2000000}").toString())
                    .contains("takes no more than 1048576");
            assertThat(call(client, "garbage", "{}").toString()).contains("after the garbage");
            client.send(
                    """
                    {"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"count_up",
                     "arguments":{"steps":100000,"ms":50},"_meta":{"progressToken":"p"}}}
                    """);
            while (!client.receive().path("method").asString("").equals("notifications/progress")) {
                // the next message
            }
            client.send(
                    """
                    {"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":9}}
                    """);
            await().atMost(PATIENCE)
                    .until(() ->
                            call(client, "cancelled", "{}")
                                    .at("/result/content/0/text")
                                    .asString("")
                                    .matches("\\[.+]"));
            assertThat(increment(client)).isEqualTo("2");
        }
        agent.stop();
        child.stop();
        assertThat(end.get(60, TimeUnit.SECONDS)).isEqualTo("stopped");
        assertThat(childEnd.get(60, TimeUnit.SECONDS)).isEqualTo("stopped");
    }

    private String uri(String query) {
        return "ws://127.0.0.1:%d/mcp/attach%s".formatted(port, query);
    }

    private SocketPeer calling(String name) throws InterruptedException {
        var client = SocketPeer.connect("ws://127.0.0.1:%d/mcp/%s".formatted(port, name));
        client.initialize("2025-11-25", "{}");
        client.send(
                """
                {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"commit","arguments":{}}}
                """);
        return client;
    }

    @Test
    void holdsACallWhileItsAgentIsAwayAndTellsNewCallersThatItIsOffline() throws Exception {
        String uri = uri("?resume=1&name=held&instance=1");
        var agent = new TestAgent(uri, "held", "commit", call -> null);
        await().atMost(PATIENCE).until(() -> isUp("held"));
        try (var first = calling("held")) {
            JsonNode call = agent.call();
            agent.cut();
            await().atMost(PATIENCE)
                    .until(() -> {
                        try (var next = calling("held")) {
                            return answer(next).toString().contains("'held' is offline since");
                        }
                    });
            try (var back = TestAgent.resuming(uri, agent)) {
                ObjectNode done = JsonNodeFactory.instance.objectNode();
                done.putArray("content");
                back.answer(call.get("id"), done);
                assertThat(answer(first).has("result")).isTrue();
                assertThat(back.hasCall()).as("the call again").isFalse();
            }
        }
    }

    @Test
    void tellsACallerThatItsOutcomeIsUnknownIfTheAgentOpensANewSession() throws Exception {
        String uri = uri("?resume=1&name=lost&instance=1");
        var agent = new TestAgent(uri, "lost", "commit", call -> null);
        await().atMost(PATIENCE).until(() -> isUp("lost"));
        try (var client = calling("lost")) {
            agent.call();
            agent.cut();
            try (var next = TestAgent.echo(uri, "lost", "commit")) {
                assertThat(answer(client).at("/error/data/reason").asString())
                        .isEqualTo("outcome-unknown");
                await().atMost(PATIENCE).until(() -> isUp("lost"));
                assertThat(next.hasCall()).isFalse();
            }
        }
    }

    @Test
    void endsWithTheReasonIfTheServiceRefusesTheName() throws Exception {
        AttachAgent agent =
                McpWebSocketClient.builder(
                                URI.create("ws://127.0.0.1:%d/mcp/attach".formatted(port)))
                        .attach("attach", command());
        assertThat(start(agent).get(60, TimeUnit.SECONDS)).contains("409");
    }
}
