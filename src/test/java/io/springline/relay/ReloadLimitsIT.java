package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.dispatch.Dispatchers;
import io.springline.reload.ConfigurationReload;
import io.springline.testing.HttpPeer;
import io.springline.testing.McpPeer;
import io.springline.testing.SocketPeer;
import java.net.http.WebSocketHandshakeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;

/** Limits and approval rules that change while clients are connected. */
@Timeout(480)
class ReloadLimitsIT {

    private static final Duration LONG = Duration.ofMinutes(1);
    private static final String NONE = "springline.server.name: limits\n";

    private static final String INITIALIZE =
            """
            {"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",\
            "capabilities":{},"clientInfo":{"name":"test","version":"1"}}}\
            """;

    @TempDir static Path folder;

    private static ConfigurableApplicationContext service;

    @BeforeAll
    static void start() throws Exception {
        write(endpoint("max-connections: 2"));
        service =
                new SpringApplicationBuilder(SpringlineApplication.class)
                        .run(
                                "--server.port=0",
                                "--spring.config.additional-location=file:" + folder + "/",
                                "--springline.reload.watch=false");
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    private static void write(String yaml) throws Exception {
        Files.writeString(folder.resolve("application.yml"), NONE + yaml);
    }

    private static void reload(String yaml) throws Exception {
        write(yaml);
        var done = service.getBean(ConfigurationReload.class).reload();
        assertThat(done.fault()).isNull();
        assertThat(done.needsRestart()).isEmpty();
    }

    private static String endpoint(String member) {
        return """
        springline.endpoints.few:
          upstreams: [local]
          %s
        """
                .formatted(member);
    }

    private static int port() {
        return service.getEnvironment().getRequiredProperty("local.server.port", int.class);
    }

    private static SocketPeer connect(String path) {
        return SocketPeer.connect("ws://127.0.0.1:%d%s".formatted(port(), path));
    }

    private static int atEndpoint() {
        return service.getBean(Dispatchers.class).connections("few").count();
    }

    private static void awaitAtEndpoint(int count) {
        await().atMost(LONG).until(() -> atEndpoint() == count);
    }

    private static JsonNode echo(McpPeer peer, int id) throws Exception {
        return peer.ask(
                """
                {"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"echo","arguments":{"message":"hi"}}}\
                """
                        .formatted(id));
    }

    private static String limit(String rules) {
        return "springline.call-limits.rules:\n" + rules.indent(2);
    }

    @Test
    void changesCallLimitsWithoutForgettingWhatWasCounted() throws Exception {
        String echoes = "- { tools: [echo], per: [principal], rate: %s }\n";
        try (var peer = connect("/mcp")) {
            peer.initialize("2025-11-25", "{}");
            reload(limit("- { tools: [none], rate: 1/d }\n" + echoes.formatted("2/d")));
            assertThat(echo(peer, 1).has("result")).isTrue();
            assertThat(echo(peer, 2).has("result")).isTrue();
            assertThat(echo(peer, 3).at("/error/message").asString()).contains("Too many calls");
            reload(limit(echoes.formatted("2/d")));
            assertThat(echo(peer, 4).at("/error/message").asString())
                    .as("the same rule at another position")
                    .contains("Too many calls");
            reload(limit(echoes.formatted("4/d") + "- { tools: [none], concurrent: 1 }\n"));
            assertThat(echo(peer, 5).at("/error/message").asString())
                    .as("all of the day is used, whatever it is worth")
                    .contains("Too many calls");
            reload(limit(echoes.formatted("4/h")));
            assertThat(echo(peer, 6).has("result")).as("another period").isTrue();
            reload("");
            assertThat(echo(peer, 7).has("result")).as("no rule").isTrue();
        }
    }

    @Test
    void refusesAVersionWithAFaultyLimitAsAWhole() throws Exception {
        write(limit("- { tools: [echo], rate: 1/d }\n- { tools: [echo], rate: 10/week }\n"));
        var done = service.getBean(ConfigurationReload.class).reload();
        assertThat(done.fault()).contains("springline.call-limits.rules[1].rate");
        try (var peer = connect("/mcp")) {
            peer.initialize("2025-11-25", "{}");
            assertThat(echo(peer, 1).has("result")).isTrue();
            assertThat(echo(peer, 2).has("result")).isTrue();
        }
        reload("");
    }

    @Test
    void asksForApprovalByTheChangedRules() throws Exception {
        try (var peer = connect("/mcp")) {
            peer.initialize("2025-11-25", "{}");
            assertThat(echo(peer, 1).at("/result/isError").asBoolean(false)).isFalse();
            reload("springline.approval.rules:\n  - tools: [echo]\n");
            assertThat(echo(peer, 2).at("/result/content/0/text").asString())
                    .contains("needs an approval");
            reload("");
            assertThat(echo(peer, 3).at("/result/isError").asBoolean(false)).isFalse();
        }
    }

    private static String refusal(String path) {
        try (SocketPeer _ = connect(path)) {
            return "opened";
        } catch (CompletionException e) {
            return e.getCause() instanceof WebSocketHandshakeException refused
                    ? String.valueOf(refused.getResponse().statusCode())
                    : String.valueOf(e.getCause());
        }
    }

    @Test
    void limitsConnectionsAndSessionsOfAnEndpointTogether() throws Exception {
        reload(endpoint("max-connections: 2"));
        awaitAtEndpoint(0);
        try (var socket = connect("/mcp/few");
                var inUse = new HttpPeer(port(), "/mcp/few");
                var next = new HttpPeer(port(), "/mcp/few")) {
            var stream = inUse.initialize("2025-11-25", "{}").get();
            assertThat(stream.status()).isEqualTo(200);
            assertThat(refusal("/mcp/few")).isEqualTo("503");
            var refused = next.post(INITIALIZE);
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
            assertThat(refused.body())
                    .contains("This endpoint has reached its max-connections: try again later");
            assertThat(refusal("/mcp")).isEqualTo("opened");

            reload(endpoint("max-connections: 3"));
            assertThat(refusal("/mcp/few")).isEqualTo("opened");
            awaitAtEndpoint(2);
            reload(endpoint("max-connections: 1"));
            socket.initialize("2025-11-25", "{}");
            assertThat(refusal("/mcp/few")).as("open ones stay").isEqualTo("503");
            socket.cut();
            awaitAtEndpoint(1);
            assertThat(refusal("/mcp/few")).isEqualTo("503");
            stream.close();
            var opened =
                    await().atMost(LONG)
                            .until(() -> next.post(INITIALIZE), each -> each.statusCode() == 200);
            assertThat(atEndpoint()).as("the new session has replaced the unused one").isOne();
            reload(endpoint("max-connections: 2"));
            assertThat(refusal("/mcp/few")).isEqualTo("opened");
            next.with("Mcp-Session-Id", opened.headers().firstValue("Mcp-Session-Id").orElseThrow())
                    .send("DELETE");
            awaitAtEndpoint(0);
        }
        reload("");
        assertThat(refusal("/mcp/few")).as("the endpoint is removed").isEqualTo("opened");
    }

    @Test
    void admitsExactlyTheLimitOfConcurrentHandshakes() throws Exception {
        reload(endpoint("max-connections: 5"));
        awaitAtEndpoint(0);
        var peers = new ArrayList<SocketPeer>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<SocketPeer>> all =
                    IntStream.range(0, 15)
                            .<Callable<SocketPeer>>mapToObj(_ -> () -> connect("/mcp/few"))
                            .toList();
            for (Future<SocketPeer> each : threads.invokeAll(all)) {
                if (each.state() == Future.State.SUCCESS) {
                    peers.add(each.resultNow());
                }
            }
        }
        assertThat(peers).hasSize(5);
        assertThat(atEndpoint()).isEqualTo(5);
        peers.forEach(SocketPeer::cut);
        awaitAtEndpoint(0);
    }

    @Test
    void rejectsALimitBelowOne() throws Exception {
        write(endpoint("max-connections: 0"));
        assertThat(service.getBean(ConfigurationReload.class).reload().fault())
                .contains("springline.endpoints.few.max-connections: must be at least 1, not 0");
        reload("");
    }
}
