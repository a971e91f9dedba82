package io.springline.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.modelcontextprotocol.modern.McpSchema.CallToolResult;
import io.modelcontextprotocol.modern.McpSchema.ElicitResult;
import io.modelcontextprotocol.modern.McpSchema.Implementation;
import io.modelcontextprotocol.modern.McpSchema.TextContent;
import io.modelcontextprotocol.modern.McpSchema.Tool;
import io.modelcontextprotocol.modern.client.McpClient;
import io.modelcontextprotocol.modern.client.McpSyncClient;
import io.modelcontextprotocol.modern.client.transport.HttpClientMcpTransport;
import io.modelcontextprotocol.modern.server.McpRequestContext;
import io.modelcontextprotocol.modern.server.McpServer;
import io.modelcontextprotocol.modern.server.McpSyncResponse;
import io.modelcontextprotocol.modern.server.feature.McpSyncTool;
import io.modelcontextprotocol.modern.server.feature.McpSyncToolRepository;
import io.modelcontextprotocol.modern.server.feature.ToolsFeature;
import io.modelcontextprotocol.modern.server.feature.ToolsPage;
import io.modelcontextprotocol.modern.server.transport.HttpServletMcpTransport;
import io.springline.testing.McpPeer;
import io.springline.testing.RunningJar;
import io.springline.testing.SocketPeer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** The part of the MCP Java SDK for 2026-07-28, as a client and as an upstream server. */
@Tag("interop")
@Timeout(300)
class ModernJavaSdkIT {

    @Test
    void itsClientUsesTheServer() throws Exception {
        try (var server = new RunningJar("--spring.profiles.active=conformance").ready()) {
            var progress = new CopyOnWriteArrayList<Double>();
            McpSyncClient client =
                    McpClient.sync(
                                    HttpClientMcpTransport.builder(
                                                    "http://127.0.0.1:%d/mcp"
                                                            .formatted(server.port()))
                                            .build())
                            .clientInfo(Implementation.builder("modern-java", "1").build())
                            .formElicitation(_ -> ElicitResult.accept(Map.of("name", "Ada")))
                            .progress(each -> progress.add(each.progress()))
                            .build();
            assertThat(client.discover().supportedVersions()).contains("2026-07-28");
            assertThat(client.listTools().list().tools())
                    .extracting(Tool::name)
                    .contains("echo", "test_simple_text");
            assertThat(text(call(client, "echo", Map.of("message", "Grüße"))))
                    .isEqualTo("Echo: Grüße");
            assertThat(call(client, "test_error_handling", Map.of()).isError()).isTrue();
            assertThat(text(call(client, "test_input_required_result_elicitation", Map.of())))
                    .contains("Ada");
            call(client, "test_tool_with_progress", Map.of());
            assertThat(progress).isNotEmpty();
            assertThat(client.resources().list().resources()).isNotEmpty();
            assertThat(client.resource("test://static-text").read().contents()).hasSize(1);
            assertThat(client.prompts().list().prompts()).isNotEmpty();
            assertThat(
                            client.prompt("test_prompt_with_arguments")
                                    .arguments(Map.of("arg1", "a", "arg2", "b"))
                                    .get()
                                    .messages())
                    .hasSize(1);
        }
    }

    private static CallToolResult call(
            McpSyncClient client, String tool, Map<String, Object> arguments) {
        return client.tool(tool).arguments(arguments).call();
    }

    private static String text(CallToolResult result) {
        return ((TextContent) result.content().getFirst()).text();
    }

    /** One tool, which greets. */
    private record Tools(McpSyncTool greet) implements McpSyncToolRepository {

        static Tools create() {
            Tool tool =
                    Tool.builder(
                                    "greet",
                                    Map.of(
                                            "type",
                                            "object",
                                            "properties",
                                            Map.of("name", Map.of("type", "string"))))
                            .description("Greets a person")
                            .build();
            return new Tools(
                    McpSyncTool.of(
                            tool,
                            (_, request) ->
                                    McpSyncResponse.streaming(notifier -> {
                                        notifier.progress(1, 2.0, "half");
                                        return CallToolResult.builder()
                                                .addContent(
                                                        TextContent.builder(
                                                                        "Hello, "
                                                                                + request.arguments()
                                                                                        .get(
                                                                                                "name"))
                                                                .build())
                                                .build();
                                    })));
        }

        @Override
        public ToolsPage list(McpRequestContext context, String cursor) {
            return ToolsPage.of(List.of(greet.definition()));
        }

        @Override
        public @Nullable McpSyncTool find(McpRequestContext context, String name) {
            return name.equals("greet") ? greet : null;
        }
    }

    @Test
    void theRelayUsesItsServer() throws Exception {
        McpServer sdk =
                McpServer.builder()
                        .serverInfo(Implementation.builder("modern-java-server", "1").build())
                        .feature(ToolsFeature.ofSync(Tools.create()))
                        .build();
        var jetty = new Server(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        var context = new ServletContextHandler();
        var servlet =
                new ServletHolder(HttpServletMcpTransport.builder(sdk).endpoint("/mcp").build());
        servlet.setAsyncSupported(true);
        context.addServlet(servlet, "/mcp");
        jetty.setHandler(context);
        jetty.start();
        int port = ((ServerConnector) jetty.getConnectors()[0]).getLocalPort();
        try (var server =
                new RunningJar(
                                "--springline.relay.upstreams.sdk.url=http://127.0.0.1:%d/mcp"
                                        .formatted(port))
                        .ready()) {
            await().untilAsserted(() -> assertThat(ask(server, LIST).toString()).contains("greet"));
            JsonNode answer = ask(server, CALL);
            assertThat(answer.at("/result/content/0/text").asString()).isEqualTo("Hello, Ada");
        } finally {
            jetty.stop();
        }
    }

    private static final String LIST =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{%s}}"
                    .formatted(McpPeer.meta("{}"));
    private static final String CALL =
            "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{%s,\"name\":\"greet\",\"arguments\":{\"name\":\"Ada\"}}}"
                    .formatted(McpPeer.meta("{}"));

    private static JsonNode ask(RunningJar server, String request) throws Exception {
        try (var peer = SocketPeer.connect(server.uri())) {
            return peer.ask(request);
        }
    }
}
