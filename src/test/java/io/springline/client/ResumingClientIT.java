package io.springline.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.springline.client.mcpsdk.ResumingClientTransport;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.testing.CuttingProxy;
import io.springline.testing.McpPeer;
import io.springline.transport.ConnectionView;
import io.springline.transport.TransportStatistics;
import io.springline.transport.websocket.Connections;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.ActiveProfiles;
import tools.jackson.databind.node.ObjectNode;

/** The client, and the MCP Java SDK on top of it, against the real service, with cuts. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "springline.websocket.compression.enabled=true",
            "springline.websocket.compression.threshold=0"
        })
@ActiveProfiles("conformance")
class ResumingClientIT {

    @LocalServerPort int port;
    @Autowired Connections connections;
    @Autowired TransportStatistics statistics;

    private static URI uri(int port) {
        return URI.create("ws://127.0.0.1:%d/mcp".formatted(port));
    }

    @ParameterizedTest
    @CsvSource({"false, false", "true, false", "false, true", "true, true"})
    void aModernClientLosesNothingThroughCuts(boolean binary, boolean compression)
            throws Exception {
        var listener = new RecordingListener();
        long compressed = statistics.messagesCompressed();
        try (var proxy = new CuttingProxy(port, 3000, 7);
                var client =
                        McpWebSocketClient.builder(uri(proxy.port()))
                                .listener(listener)
                                .binary(binary)
                                .compression(compression)
                                .heartbeat(Duration.ofMillis(200), Duration.ofMillis(500))
                                .connectTimeout(Duration.ofSeconds(2))
                                .backoff(Duration.ofMillis(10), Duration.ofMillis(100))
                                .build()) {
            client.start();
            var answers = new ArrayList<CompletableFuture<Response>>();
            for (int i = 0; i < 200; i++) {
                String params =
                        "{%s,\"name\":\"test_simple_text\",\"arguments\":{}}"
                                .formatted(McpPeer.meta("{}"));
                var answer =
                        client.request("tools/call", (ObjectNode) McpPeer.JSON.readTree(params));
                answers.add(answer);
                if (i % 10 == 9) {
                    answer.get(60, TimeUnit.SECONDS);
                }
            }
            for (var answer : answers) {
                assertThat(answer.get(60, TimeUnit.SECONDS)).isInstanceOf(ResultResponse.class);
            }
            assertThat(proxy.cuts()).isGreaterThan(5);
            assertThat(connections.all())
                    .extracting(ConnectionView::subprotocol)
                    .containsOnly(binary ? "mcp.cbor" : "mcp");
            assertThat(statistics.messagesCompressed() > compressed).isEqualTo(compression);
            assertThat(client.state()).isNotInstanceOf(ClientState.Closed.class);
            proxy.calm();
        }
    }

    @Test
    @SuppressWarnings("deprecation") // sampling, from 2.2.0 of the SDK on
    void theSdkCallsToolsAndIsAskedThroughCuts() throws Exception {
        var logged = new ConcurrentLinkedQueue<String>();
        // room for the list of tools between two cuts
        try (var proxy = new CuttingProxy(port, 20_000, 3)) {
            var transport =
                    new ResumingClientTransport(
                            uri(proxy.port()),
                            settings ->
                                    settings.heartbeat(
                                                    Duration.ofMillis(200), Duration.ofMillis(500))
                                            .backoff(
                                                    Duration.ofMillis(10), Duration.ofMillis(100)));
            McpSyncClient client =
                    McpClient.sync(transport)
                            .requestTimeout(Duration.ofSeconds(30))
                            .capabilities(McpSchema.ClientCapabilities.builder().sampling().build())
                            .sampling(request ->
                                    McpSchema.CreateMessageResult.builder(
                                                    McpSchema.Role.ASSISTANT, "sampled", "m")
                                            .build())
                            .loggingConsumer(message -> logged.add(String.valueOf(message.data())))
                            .build();
            client.initialize();
            assertThat(client.listTools().tools()).isNotEmpty();
            assertThat(text(client, "test_sampling", Map.of("prompt", "hi"))).contains("sampled");
            for (int i = 0; i < 150; i++) {
                assertThat(text(client, "test_simple_text", Map.of())).isNotEmpty();
            }
            text(client, "test_tool_with_logging", Map.of());
            await().until(() -> logged.size() >= 3);
            assertThat(logged).hasSize(3);
            assertThat(proxy.cuts()).isPositive();
            proxy.calm();
            client.close();
        }
    }

    @Test
    void theSdkInitializesAgainAfterAFailure() throws Exception {
        var attempts = new AtomicInteger();
        var transport =
                new ResumingClientTransport(
                        uri(port),
                        settings ->
                                settings.token(() -> {
                                    if (attempts.getAndIncrement() == 0) {
                                        throw new IllegalStateException("no token yet");
                                    }
                                    return null;
                                }));
        McpSyncClient client = McpClient.sync(transport).build();
        assertThatThrownBy(client::initialize).isInstanceOf(RuntimeException.class);
        client.initialize();
        assertThat(text(client, "test_simple_text", Map.of())).isNotEmpty();
        client.close();
    }

    @Test
    void theSdkConnectsAgainWhileASessionIsOpen() {
        var transport = new ResumingClientTransport(uri(port));
        var first = new ConcurrentLinkedQueue<McpSchema.JSONRPCMessage>();
        var second = new ConcurrentLinkedQueue<McpSchema.JSONRPCMessage>();
        for (var received : List.of(first, second)) {
            transport.connect(message -> message.doOnNext(received::add)).block();
            transport.sendMessage(initialize()).block();
            await().untilAsserted(() -> assertThat(received).hasSize(1));
        }
        assertThat(first).hasSize(1);
        await().untilAsserted(() -> assertThat(connections.all()).hasSize(1));
        transport.closeGracefully().block();
    }

    private static McpSchema.JSONRPCRequest initialize() {
        var params =
                McpSchema.InitializeRequest.builder(
                                "2025-11-25",
                                McpSchema.ClientCapabilities.builder().build(),
                                McpSchema.Implementation.builder("test", "1").build())
                        .build();
        return new McpSchema.JSONRPCRequest("initialize", "1", params);
    }

    private static String text(McpSyncClient client, String tool, Map<String, Object> arguments) {
        var result = client.callTool(CallToolRequest.builder(tool).arguments(arguments).build());
        return ((TextContent) List.copyOf(result.content()).getFirst()).text();
    }
}
