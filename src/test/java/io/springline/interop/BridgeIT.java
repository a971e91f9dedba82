package io.springline.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.springline.testing.NodeProject;
import io.springline.testing.RunningJar;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * {@code java -jar springline.jar bridge} as hosts start it, with the service restarted meanwhile.
 */
@Timeout(300)
class BridgeIT {

    private static List<String> bridge(String... arguments) {
        var command = new ArrayList<>(List.of(RunningJar.JAVA));
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m"));
        command.addAll(List.of("-jar", RunningJar.jar(), "bridge"));
        command.addAll(List.of(arguments));
        return command;
    }

    private static RunningJar server;

    @BeforeAll
    static void start() throws IOException {
        server = new RunningJar().ready();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static void restart() throws Exception {
        server.terminate();
        assertThat(server.awaitExit(Duration.ofSeconds(60))).isTrue();
        server = new RunningJar(server.port()).ready();
    }

    @Test
    void theJavaSdkNoticesNothingOfARestart() throws Exception {
        List<String> command = bridge("--binary", "--compress", server.uri());
        var parameters =
                ServerParameters.builder(command.getFirst())
                        .args(command.subList(1, command.size()))
                        .build();
        var transport = new StdioClientTransport(parameters, McpJsonDefaults.getMapper());
        try (McpSyncClient client =
                McpClient.sync(transport)
                        .requestTimeout(Duration.ofSeconds(60))
                        .initializationTimeout(Duration.ofSeconds(60))
                        .build()) {
            client.initialize();
            assertThat(echo(client, "before")).isEqualTo("Echo: before");
            restart();
            assertThat(echo(client, "after")).isEqualTo("Echo: after");
            assertThat(client.listTools().tools()).isNotEmpty();
        }
    }

    private static String echo(McpSyncClient client, String message) {
        var request = CallToolRequest.builder("echo").arguments(Map.of("message", message)).build();
        return ((TextContent) client.callTool(request).content().getFirst()).text();
    }

    @Test
    @Tag("node")
    @Tag("slow")
    void theTypeScriptSdkNoticesNothingOfARestart() throws Exception {
        var project = NodeProject.installed("typescript-v1");
        Process script = project.start("bridge.mjs", bridge(server.uri()).toArray(String[]::new));
        try (var output = script.inputReader()) {
            assertThat(output.readLine()).isEqualTo("first");
            restart();
            script.outputWriter().append("go\n").flush();
            assertThat(output.readLine()).isEqualTo("ok");
            assertThat(script.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(script.exitValue()).isZero();
        } finally {
            script.destroyForcibly();
        }
    }

    @Test
    void standardOutputCarriesProtocolOnlyAndTheEndOfInputEndsIt() throws Exception {
        Path log = Files.createTempFile(Path.of("target"), "bridge-", ".log");
        Process bridge =
                new ProcessBuilder(bridge(server.uri(), "--verbose"))
                        .redirectError(log.toFile())
                        .start();
        try (var in = bridge.getOutputStream()) {
            in.write(
                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n"
                            .getBytes(StandardCharsets.UTF_8));
        }
        assertThat(bridge.inputReader().readAllLines())
                .containsExactly("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
        assertThat(bridge.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(bridge.exitValue()).isZero();
        assertThat(log).content().contains("connected, session 1").contains("> ping id=1");
    }

    @Test
    void wrongUsageIsExplained() throws Exception {
        Process bridge = new ProcessBuilder(bridge("http://127.0.0.1/mcp")).start();
        assertThat(bridge.inputReader().readAllLines()).isEmpty();
        assertThat(bridge.errorReader().readAllLines())
                .anyMatch(line -> line.contains("must begin with ws"));
        assertThat(bridge.waitFor()).isEqualTo(2);
    }

    @Test
    void endsWithItsParent() throws Exception {
        // the shell ends when it is told to, and leaves the bridge with an open standard input
        try (var listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String uri = "ws://127.0.0.1:%d/mcp".formatted(listening.getLocalPort());
            String command = String.join(" ", bridge(uri));
            Process shell =
                    new ProcessBuilder("sh", "-c", "sleep 60 | " + command + " & echo $!; read end")
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            long pid = Long.parseLong(shell.inputReader().readLine());
            ProcessHandle bridge = ProcessHandle.of(pid).orElseThrow();
            listening.accept().close(); // it runs, and will come again
            shell.getOutputStream().close();
            assertThat(shell.waitFor(30, TimeUnit.SECONDS)).isTrue();
            bridge.onExit().get(60, TimeUnit.SECONDS);
        }
    }
}
