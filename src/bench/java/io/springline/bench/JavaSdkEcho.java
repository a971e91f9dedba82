package io.springline.bench;

import io.modelcontextprotocol.modern.server.McpRequestContext;
import io.modelcontextprotocol.modern.server.McpSyncResponse;
import io.modelcontextprotocol.modern.server.feature.McpSyncTool;
import io.modelcontextprotocol.modern.server.feature.McpSyncToolRepository;
import io.modelcontextprotocol.modern.server.feature.ToolsFeature;
import io.modelcontextprotocol.modern.server.feature.ToolsPage;
import io.modelcontextprotocol.modern.server.transport.HttpServletMcpTransport;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.transport.HttpServletStreamableServerTransportProvider;
import io.modelcontextprotocol.spec.McpSchema;
import jakarta.servlet.http.HttpServlet;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * The tool {@code echo} by the MCP Java SDK's servlets, on the service's container with virtual
 * threads: sessions at {@code /mcp}, 2026-07-28 at {@code /modern}.
 */
final class JavaSdkEcho {

    private static final Map<String, Object> SCHEMA =
            Map.of(
                    "type", "object",
                    "properties",
                            Map.of(
                                    "message",
                                    Map.of("type", "string", "description", "What to return")),
                    "required", List.of("message"));

    private JavaSdkEcho() {}

    /** Listens on the port that is given as the first argument. */
    public static void main(String[] args) throws Exception {
        var threads = new QueuedThreadPool();
        threads.setVirtualThreadsExecutor(VirtualThreads.getDefaultVirtualThreadsExecutor());
        var server = new Server(threads);
        var connector = new org.eclipse.jetty.server.ServerConnector(server);
        connector.setHost("127.0.0.1");
        connector.setPort(Integer.parseInt(args[0]));
        server.addConnector(connector);
        var context = new ServletContextHandler();
        add(context, legacy(), "/mcp");
        add(context, modern(), "/modern");
        server.setHandler(context);
        server.start();
        server.join();
    }

    private static void add(ServletContextHandler context, HttpServlet servlet, String path) {
        var holder = new ServletHolder(servlet);
        holder.setAsyncSupported(true);
        context.addServlet(holder, path);
    }

    private static HttpServlet legacy() {
        var transport =
                HttpServletStreamableServerTransportProvider.builder().mcpEndpoint("/mcp").build();
        McpServer.sync(transport)
                .serverInfo("java-sdk", "1")
                .capabilities(McpSchema.ServerCapabilities.builder().tools(true).build())
                .validateToolInputs(true)
                .toolCall(
                        McpSchema.Tool.builder("echo", SCHEMA).build(),
                        (_, request) ->
                                McpSchema.CallToolResult.builder()
                                        .addTextContent(
                                                "Echo: " + request.arguments().get("message"))
                                        .build())
                .build();
        return transport;
    }

    private static HttpServlet modern() {
        var server =
                io.modelcontextprotocol.modern.server.McpServer.builder()
                        .serverInfo(
                                io.modelcontextprotocol.modern.McpSchema.Implementation.builder(
                                                "java-sdk", "1")
                                        .build())
                        .feature(ToolsFeature.ofSync(new Tools()))
                        .build();
        return HttpServletMcpTransport.builder(server).endpoint("/modern").build();
    }

    private static final class Tools implements McpSyncToolRepository {

        private final McpSyncTool echo =
                McpSyncTool.of(
                        io.modelcontextprotocol.modern.McpSchema.Tool.builder("echo", SCHEMA)
                                .build(),
                        (_, request) ->
                                McpSyncResponse.result(
                                        io.modelcontextprotocol.modern.McpSchema.CallToolResult
                                                .builder()
                                                .addContent(
                                                        io.modelcontextprotocol.modern.McpSchema
                                                                .TextContent.builder(
                                                                        "Echo: "
                                                                                + request.arguments()
                                                                                        .get(
                                                                                                "message"))
                                                                .build())
                                                .build()));

        @Override
        public ToolsPage list(McpRequestContext context, String cursor) {
            return ToolsPage.of(List.of(echo.definition()));
        }

        @Override
        public @Nullable McpSyncTool find(McpRequestContext context, String name) {
            return name.equals("echo") ? echo : null;
        }
    }
}
