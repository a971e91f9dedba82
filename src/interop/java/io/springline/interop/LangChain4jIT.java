package io.springline.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.mcp.client.DefaultMcpClient;
import dev.langchain4j.mcp.client.McpTextResourceContents;
import dev.langchain4j.mcp.client.transport.websocket.WebSocketMcpTransport;
import io.springline.testing.RunningJar;
import io.springline.testing.SchemaTap;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** LangChain4j's own WebSocket transport, which offers no subprotocol, against the jar. */
@Tag("interop")
@Timeout(300)
class LangChain4jIT {

    @Test
    void asksEverythingThatItCan() throws Exception {
        try (var server = new RunningJar("--spring.profiles.active=conformance").ready();
                var tap = new SchemaTap(server.port())) {
            var logs = new CopyOnWriteArrayList<String>();
            try (DefaultMcpClient client = client(tap.uri(), logs)) {
                client.checkHealth();
                assertThat(client.listTools())
                        .extracting(ToolSpecification::name)
                        .contains("echo", "test_simple_text");
                assertThat(call(client, "echo", "{\"message\":\"Grüße\"}"))
                        .isEqualTo("Echo: Grüße");
                assertThat(call(client, "test_tool_with_logging", "{}")).isNotEmpty();
                await().untilAsserted(() -> assertThat(logs).hasSize(3));
                assertThat(client.listResources()).isNotEmpty();
                assertThat(client.listResourceTemplates()).isNotEmpty();
                assertThat(client.readResource("test://static-text").contents())
                        .singleElement()
                        .isInstanceOf(McpTextResourceContents.class);
                assertThat(client.listPrompts()).isNotEmpty();
                assertThat(
                                client.getPrompt(
                                                "test_prompt_with_arguments",
                                                Map.of("arg1", "a", "arg2", "b"))
                                        .messages())
                        .hasSize(1);
            }
            assertThat(tap.faults()).isEmpty();
        }
    }

    private static DefaultMcpClient client(String uri, CopyOnWriteArrayList<String> logs) {
        return DefaultMcpClient.builder()
                .transport(
                        WebSocketMcpTransport.builder()
                                .url(uri)
                                .timeout(Duration.ofSeconds(20))
                                .build())
                .logHandler(message -> logs.add(String.valueOf(message.data())))
                .build();
    }

    private static String call(DefaultMcpClient client, String tool, String arguments) {
        return client.executeTool(
                        ToolExecutionRequest.builder().name(tool).arguments(arguments).build())
                .resultText();
    }
}
