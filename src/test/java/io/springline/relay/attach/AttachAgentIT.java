package io.springline.relay.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.client.AttachAgent;
import io.springline.client.McpWebSocketClient;
import io.springline.relay.StdioServer;
import io.springline.relay.UpstreamView;
import io.springline.relay.Upstreams;
import io.springline.testing.CuttingProxy;
import io.springline.testing.SocketPeer;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** The agent that attaches a stdio server, behind a network that breaks. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        classes = SpringlineApplication.class,
        properties = {
            "springline.attach.enabled=true",
            "springline.websocket.heartbeat.interval=1s",
            "springline.websocket.heartbeat.timeout=2s"
        })
class AttachAgentIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @LocalServerPort int port;

    @Autowired Upstreams upstreams;

    private static List<String> command() {
        var command = new ArrayList<String>();
        command.add(StdioServer.command().command());
        command.addAll(StdioServer.command().args());
        return command;
    }

    private static JsonNode call(SocketPeer client, String tool, String arguments)
            throws InterruptedException {
        client.send(
                """
                {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"%s","arguments":%s}}
                """
                        .formatted(tool, arguments));
        JsonNode answer = client.receive();
        while (answer.has("method")) {
            answer = client.receive();
        }
        return answer;
    }

    private @Nullable UpstreamView view() {
        return upstreams.all().stream()
                .filter(each -> each.name().equals("box"))
                .findFirst()
                .orElse(null);
    }

    private boolean isUp() {
        UpstreamView view = view();
        return view != null && view.state().equals("up") && view.tools() > 0;
    }

    /**
     * A call whose connection breaks may have run: it ends with an error, and runs at most once.
     */
    @Test
    void theChildOutlivesConnectionsThatBreakAnywhereAndRunsNoCallTwice() throws Exception {
        try (var proxy = new CuttingProxy(port, 3_000, 7)) {
            AttachAgent agent =
                    McpWebSocketClient.builder(
                                    URI.create(
                                            "ws://127.0.0.1:%d/mcp/attach".formatted(proxy.port())))
                            .heartbeat(Duration.ofMillis(500), Duration.ofSeconds(2))
                            .backoff(Duration.ofMillis(50), Duration.ofMillis(500))
                            .attach("box", command());
            CompletableFuture<String> ended = start(agent);
            await().atMost(PATIENCE).until(this::isUp);
            try (var client = SocketPeer.connect("ws://127.0.0.1:%d/mcp/box".formatted(port))) {
                client.initialize("2025-11-25", "{}");
                int calls = 0;
                int last = 0;
                while (proxy.cuts() < 20 || calls < 50) {
                    calls++;
                    String text = increment(client);
                    if (text.matches("[0-9]+")) {
                        assertThat(Integer.parseInt(text)).isBetween(last + 1, calls);
                        last = Integer.parseInt(text);
                    } else {
                        await().atMost(PATIENCE).until(this::isUp);
                    }
                }
                proxy.calm();
                await().atMost(PATIENCE).until(this::isUp);
                int before = last;
                int most = calls + 10;
                await().atMost(PATIENCE)
                        .until(() -> {
                            String text = increment(client);
                            return text.matches("[0-9]+")
                                    && Integer.parseInt(text) > before
                                    && Integer.parseInt(text) <= most;
                        });
            }
            agent.stop();
            assertThat(ended.get(30, TimeUnit.SECONDS)).isEqualTo("stopped");
            await().atMost(PATIENCE).until(() -> !isUp());
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
    void endsWithTheReasonIfTheServiceRefusesTheName() throws Exception {
        AttachAgent agent =
                McpWebSocketClient.builder(
                                URI.create("ws://127.0.0.1:%d/mcp/attach".formatted(port)))
                        .attach("attach", command());
        assertThat(start(agent).get(60, TimeUnit.SECONDS)).contains("409");
    }
}
