package io.springline.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.ClientCapabilities;
import io.modelcontextprotocol.spec.McpSchema.CreateMessageResult;
import io.modelcontextprotocol.spec.McpSchema.ElicitResult;
import io.modelcontextprotocol.spec.McpSchema.GetPromptRequest;
import io.modelcontextprotocol.spec.McpSchema.ReadResourceRequest;
import io.modelcontextprotocol.spec.McpSchema.Role;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.springline.client.mcpsdk.ResumingClientTransport;
import io.springline.testing.NodeProject;
import io.springline.testing.RunningJar;
import io.springline.testing.SchemaTap;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients that others wrote, each against the jar, with the schemas read along. */
@Tag("interop")
@Timeout(300)
class RealClientsIT {

    private static RunningJar server;
    private SchemaTap tap;

    @TempDir Path folder;

    @BeforeAll
    static void start() throws IOException {
        server = new RunningJar("--spring.profiles.active=conformance").ready();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void readAlong() throws IOException {
        tap = new SchemaTap(server.port());
    }

    @AfterEach
    void nothingWasWrong() throws IOException {
        tap.close();
        assertThat(tap.faults()).isEmpty();
    }

    /** The SDK has no WebSocket any more: it starts the bridge, as it starts any stdio server. */
    @ParameterizedTest
    @CsvSource({"auto, 2026-07-28", "legacy, 2025-11-25"})
    void typeScriptSdkV2ThroughTheBridge(String mode, String revision) throws Exception {
        var arguments = new ArrayList<>(List.of(mode, revision));
        arguments.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        arguments.addAll(List.of("-Xmx256m", "-jar", RunningJar.jar(), "bridge", tap.uri()));
        assertThat(
                        NodeProject.installed("typescript-v2")
                                .node("client.mjs", arguments.toArray(String[]::new)))
                .endsWith("ok\n");
    }

    @Test
    void nodeWs() throws Exception {
        assertThat(NodeProject.installed("plain").node("node.mjs", tap.uri())).startsWith("ok: ");
    }

    @Test
    void pythonWebsockets() throws Exception {
        String python = "/usr/bin/python3";
        assumeTrue(
                Files.isExecutable(Path.of(python)) && exits(0, python, "-c", "import websockets"),
                "skipped: apt-get install python3-websockets");
        assertThat(output(python, "src/test/interop/plain/client.py", tap.uri()))
                .startsWith("ok: ");
    }

    @Test
    void aPlainBrowserWebSocket() throws Exception {
        Path chromium =
                Stream.of("chromium", "chromium-browser", "google-chrome")
                        .flatMap(RealClientsIT::onPath)
                        .findFirst()
                        .orElse(null);
        assumeTrue(chromium != null, "skipped: apt-get install chromium");
        var outcome = new CompletableFuture<String>();
        HttpServer pages = pages(outcome);
        String page =
                "http://127.0.0.1:%d/page.html?url=%s"
                        .formatted(pages.getAddress().getPort(), tap.uri());
        Process browser =
                new ProcessBuilder(
                                chromium.toString(),
                                "--headless",
                                "--no-sandbox",
                                "--disable-gpu",
                                "--disable-dev-shm-usage",
                                "--no-first-run",
                                "--user-data-dir=" + folder,
                                page)
                        .redirectErrorStream(true)
                        .redirectOutput(Path.of("target", "chromium.log").toFile())
                        .start();
        try {
            assertThat(outcome.get(90, TimeUnit.SECONDS)).startsWith("ok: ").contains("Chrome");
        } finally {
            browser.descendants().forEach(ProcessHandle::destroyForcibly);
            browser.destroyForcibly().waitFor();
            pages.stop(0);
        }
    }

    /** What a page needs, on an origin of its own; completed by what the page posts. */
    private static HttpServer pages(CompletableFuture<String> outcome) throws IOException {
        var pages =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        pages.createContext(
                "/",
                exchange -> {
                    try (exchange) {
                        String path = exchange.getRequestURI().getPath();
                        if (path.equals("/done")) {
                            byte[] body = exchange.getRequestBody().readAllBytes();
                            outcome.complete(new String(body, StandardCharsets.UTF_8));
                            exchange.sendResponseHeaders(204, -1);
                            return;
                        }
                        Path file = Path.of("src/test/interop/plain", path);
                        if (!Files.isReadable(file)) {
                            exchange.sendResponseHeaders(404, -1);
                            return;
                        }
                        String type = path.endsWith(".mjs") ? "text/javascript" : "text/html";
                        exchange.getResponseHeaders().set("Content-Type", type);
                        exchange.sendResponseHeaders(200, 0);
                        Files.copy(file, exchange.getResponseBody());
                    }
                });
        pages.start();
        return pages;
    }

    @Test
    void mcpJavaSdk() {
        converse(new ResumingClientTransport(URI.create(tap.uri())));
    }

    /** Asks what the MCP Java SDK can ask, and answers what it can be asked. */
    @SuppressWarnings("deprecation") // sampling, from 2.2.0 of the SDK on
    static void converse(McpClientTransport transport) {
        var steps = new CopyOnWriteArrayList<Double>();
        try (McpSyncClient client =
                McpClient.sync(transport)
                        .capabilities(ClientCapabilities.builder().sampling().elicitation().build())
                        .sampling(_ ->
                                CreateMessageResult.builder(Role.ASSISTANT, "sampled", "m").build())
                        .elicitation(_ ->
                                ElicitResult.builder(ElicitResult.Action.ACCEPT)
                                        .content(
                                                Map.of(
                                                        "username",
                                                        "ada",
                                                        "email",
                                                        "ada@example.com"))
                                        .build())
                        .progressConsumer(progress -> steps.add(progress.progress()))
                        .build()) {
            assertThat(client.initialize().serverInfo().name()).isEqualTo("springline");
            client.ping();
            assertThat(client.listTools().tools()).anyMatch(tool -> tool.name().equals("echo"));
            assertThat(call(client, "echo", Map.of("message", "hi"))).isEqualTo("Echo: hi");
            assertThat(call(client, "test_sampling", Map.of("prompt", "p"))).contains("sampled");
            assertThat(call(client, "test_elicitation", Map.of("message", "Who?")))
                    .contains("ada@example.com");
            client.callTool(
                    CallToolRequest.builder("count_up")
                            .arguments(Map.of("steps", 3, "ms", 5))
                            .progressToken("steps")
                            .build());
            // the SDK calls its consumers on several threads
            await().untilAsserted(() -> assertThat(steps).containsExactlyInAnyOrder(1.0, 2.0, 3.0));
            assertThat(client.listResources().resources()).isNotEmpty();
            assertThat(client.listResourceTemplates().resourceTemplates()).isNotEmpty();
            assertThat(
                            client.readResource(
                                            ReadResourceRequest.builder("test://static-text")
                                                    .build())
                                    .contents())
                    .hasSize(1);
            assertThat(client.listPrompts().prompts()).isNotEmpty();
            assertThat(
                            client.getPrompt(
                                            GetPromptRequest.builder("test_prompt_with_arguments")
                                                    .arguments(Map.of("arg1", "a", "arg2", "b"))
                                                    .build())
                                    .messages())
                    .hasSize(1);
        }
    }

    private static String call(McpSyncClient client, String tool, Map<String, Object> arguments) {
        var request = CallToolRequest.builder(tool).arguments(arguments).build();
        return ((TextContent) client.callTool(request).content().getFirst()).text();
    }

    private static Stream<Path> onPath(String command) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .map(directory -> Path.of(directory, command))
                .filter(Files::isExecutable);
    }

    private static boolean exits(int code, String... command)
            throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == code;
    }

    private static String output(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
