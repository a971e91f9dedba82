package io.springline.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.springline.client.mcpsdk.ResumingClientTransport;
import io.springline.testing.RunningJar;
import io.springline.testing.SchemaTap;
import java.net.URI;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.ai.mcp.SyncMcpToolCallbackProvider;
import org.springframework.ai.tool.ToolCallback;

/** Spring AI's client side, which turns MCP tools into its own, over our transport. */
@Tag("interop")
@Timeout(300)
class SpringAiIT {

    @Test
    void callsToolsAsItsOwn() throws Exception {
        try (var server = new RunningJar("--spring.profiles.active=conformance").ready();
                var tap = new SchemaTap(server.port());
                McpSyncClient client =
                        McpClient.sync(new ResumingClientTransport(URI.create(tap.uri())))
                                .build()) {
            client.initialize();
            ToolCallback[] tools =
                    SyncMcpToolCallbackProvider.builder()
                            .mcpClients(client)
                            .build()
                            .getToolCallbacks();
            assertThat(tool(tools, "echo").call("{\"message\":\"Grüße\"}")).contains("Echo: Grüße");
            assertThat(tool(tools, "system_info").call("{}")).contains("java");
            assertThat(tool(tools, "echo").getToolDefinition().inputSchema()).contains("message");
            assertThat(tap.faults()).isEmpty();
        }
    }

    private static ToolCallback tool(ToolCallback[] tools, String name) {
        return Arrays.stream(tools)
                .filter(tool -> tool.getToolDefinition().name().endsWith(name))
                .findFirst()
                .orElseThrow();
    }
}
