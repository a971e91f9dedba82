package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.springline.jsonrpc.JsonRpcCodec;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.RequestId;
import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The reference server of the protocol's authors, reached by Streamable HTTP. */
@Tag("node")
class StreamableEverythingIT {

    private static final String SERVER = "@modelcontextprotocol/server-everything@2026.8.31";

    private final HttpRecordingReceiver receiver = new HttpRecordingReceiver();

    @Test
    void initializesListsAndCalls() throws Exception {
        assumeTrue(isOnPath("node") && isOnPath("npx"), "skipped: node and npx are not installed");
        int port = freePort();
        Path output = Files.createTempFile(Path.of("target"), "everything-", ".log");
        var command = new ProcessBuilder("npx", "-y", SERVER, "streamableHttp");
        command.environment().put("PORT", Integer.toString(port));
        Process server = command.redirectErrorStream(true).redirectOutput(output.toFile()).start();
        try (var client = HttpTransport.client(Duration.ofSeconds(5))) {
            await().atMost(Duration.ofMinutes(2)).until(() -> isListening(server, port));
            var endpoint =
                    new HttpEndpoint(
                            URI.create("http://localhost:%d/mcp".formatted(port)), Map.of());
            try (var transport =
                    new HttpTransport(
                            "everything",
                            endpoint,
                            JsonRpcCodec.json(4_000_000),
                            client,
                            Duration.ofSeconds(20),
                            4_000_000)) {
                transport.start(receiver);
                drive(transport);
            }
            await().until(() -> receiver.lines().getLast().equals("closed: closed"));
        } finally {
            // npx does not pass the signal on to the server
            server.descendants().forEach(ProcessHandle::destroy);
            server.destroy();
        }
    }

    private void drive(HttpTransport transport) {
        send(
                transport,
                1,
                "initialize",
                "{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},\"clientInfo\":{\"name\":\"springline\",\"version\":\"1\"}}");
        awaitLine("1: 1 ", "\"protocolVersion\":\"2025-11-25\"");
        transport.send(new Notification("notifications/initialized", null));
        send(transport, 2, "tools/list", "{}");
        awaitLine("2: 2 ", "\"name\":\"echo\"");
        send(
                transport,
                3,
                "tools/call",
                "{\"name\":\"echo\",\"arguments\":{\"message\":\"grüezi\"}}");
        awaitLine("3: 3 ", "Echo: grüezi");
        send(
                transport,
                4,
                "tools/call",
                "{\"name\":\"trigger-long-running-operation\",\"arguments\":{\"duration\":1,\"steps\":2},\"_meta\":{\"progressToken\":\"p\"}}");
        awaitLine("4: 4 ", "completed");
        assertThat(receiver.lines()).contains("4: notifications/progress");
    }

    private static void send(HttpTransport transport, long id, String method, String params) {
        var tree = (ObjectNode) JsonMapper.builder().build().readTree(params);
        transport.send(new Request(new RequestId.Number(id), method, tree));
    }

    private void awaitLine(String start, String part) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() ->
                        assertThat(receiver.lines())
                                .anyMatch(line -> line.startsWith(start) && line.contains(part)));
    }

    private static boolean isListening(Process server, int port) {
        assertThat(server.isAlive()).as("the server runs").isTrue();
        try (var _ = new Socket("localhost", port)) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static boolean isOnPath(String command) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, command)));
    }
}
