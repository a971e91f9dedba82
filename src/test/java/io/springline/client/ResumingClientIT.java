package io.springline.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.testing.CuttingProxy;
import io.springline.testing.McpPeer;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.ActiveProfiles;
import tools.jackson.databind.node.ObjectNode;

/** The client, and the MCP Java SDK on top of it, against the real service, with cuts. */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
@ActiveProfiles("conformance")
class ResumingClientIT {

    /** Of bytes between two cuts; a call has some 300 bytes both ways. */
    private static final int MEAN_BYTES = 3000;

    @LocalServerPort int port;

    private static URI uri(int port) {
        return URI.create("ws://127.0.0.1:%d/mcp".formatted(port));
    }

    @Test
    void aModernClientLosesNothingThroughCuts() throws Exception {
        var listener = new RecordingListener();
        try (var proxy = new CuttingProxy(port, MEAN_BYTES, 7);
                var client =
                        McpWebSocketClient.builder(uri(proxy.port()))
                                .listener(listener)
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
                    answer.get(30, TimeUnit.SECONDS);
                }
            }
            for (var answer : answers) {
                assertThat(answer.get(30, TimeUnit.SECONDS)).isInstanceOf(ResultResponse.class);
            }
            assertThat(proxy.cuts()).isGreaterThan(5);
            assertThat(client.state()).isNotInstanceOf(State.Closed.class);
            proxy.calm();
        }
    }

    @Test
    void theSdkCallsToolsAndIsAskedThroughCuts() throws Exception {
        var logged = new ConcurrentLinkedQueue<String>();
        try (var proxy = new CuttingProxy(port, MEAN_BYTES, 3)) {
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
            // the first connection is allowed to fail, and then not tried again
            proxy.calm();
            client.initialize();
            assertThat(client.listTools().tools()).isNotEmpty();
            assertThat(text(client, "test_sampling", Map.of("prompt", "hi"))).contains("sampled");
            for (int i = 0; i < 20; i++) {
                assertThat(text(client, "test_simple_text", Map.of())).isNotEmpty();
            }
            text(client, "test_tool_with_logging", Map.of());
            await().atMost(Duration.ofSeconds(10)).until(() -> logged.size() >= 3);
            client.close();
        }
    }

    private static String text(McpSyncClient client, String tool, Map<String, Object> arguments) {
        var result = client.callTool(CallToolRequest.builder(tool).arguments(arguments).build());
        return ((TextContent) List.copyOf(result.content()).getFirst()).text();
    }
}
