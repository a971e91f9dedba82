package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.relay.config.HttpEndpoint;
import io.springline.relay.config.RelayProperties.Transport;
import io.springline.relay.http.HttpRecordingReceiver;
import io.springline.relay.http.HttpTransport;
import io.springline.relay.http.RelayHttpClient;
import io.springline.testing.EverythingServer;
import io.springline.testing.NodeProject;
import java.time.Duration;
import java.util.Map;
import org.eclipse.jetty.client.HttpClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The reference server of the protocol's authors, reached by Streamable HTTP and by HTTP+SSE. */
@Tag("node")
class StreamableEverythingIT {

    private final HttpClient client = RelayHttpClient.start(Duration.ofSeconds(5));
    private final HttpRecordingReceiver receiver = new HttpRecordingReceiver();

    @AfterEach
    void stop() {
        RelayHttpClient.stop(client);
    }

    @ParameterizedTest
    @CsvSource({"HTTP, streamableHttp, mcp", "SSE, sse, sse", "AUTO, sse, sse"})
    void initializesListsAndCalls(Transport kind, String mode, String path) throws Exception {
        try (var server =
                new EverythingServer(NodeProject.installed("typescript-v1"), mode).ready()) {
            try (var transport =
                    new HttpTransport(
                            "everything",
                            kind,
                            new HttpEndpoint(server.uri().resolve(path), Map.of()),
                            Map::of,
                            JsonRpcCodec.json(4_000_000),
                            client,
                            Duration.ofSeconds(20),
                            4_000_000)) {
                transport.start(receiver);
                drive(transport, kind == Transport.HTTP);
            }
            await().until(() -> receiver.lines().getLast().equals("closed: closed"));
        }
    }

    private void drive(HttpTransport transport, boolean apart) {
        send(
                transport,
                1,
                "initialize",
                "{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},\"clientInfo\":{\"name\":\"springline\",\"version\":\"1\"}}");
        awaitLine(apart ? "1: 1 " : "-: 1 ", "\"protocolVersion\":\"2025-11-25\"");
        transport.send(new Notification("notifications/initialized"));
        send(transport, 2, "tools/list", "{}");
        awaitLine(apart ? "2: 2 " : "-: 2 ", "\"name\":\"echo\"");
        send(
                transport,
                3,
                "tools/call",
                "{\"name\":\"echo\",\"arguments\":{\"message\":\"grüezi\"}}");
        awaitLine(apart ? "3: 3 " : "-: 3 ", "Echo: grüezi");
        send(
                transport,
                4,
                "tools/call",
                "{\"name\":\"trigger-long-running-operation\",\"arguments\":{\"duration\":1,\"steps\":2},\"_meta\":{\"progressToken\":\"p\"}}");
        awaitLine(apart ? "4: 4 " : "-: 4 ", "completed");
        assertThat(receiver.lines()).contains((apart ? "4" : "-") + ": notifications/progress");
    }

    private static void send(HttpTransport transport, long id, String method, String params) {
        var tree = (ObjectNode) JsonMapper.builder().build().readTree(params);
        transport.send(new Request(new RequestId.Number(id), method, tree));
    }

    private void awaitLine(String start, String part) {
        await().untilAsserted(() ->
                assertThat(receiver.lines())
                        .anyMatch(line -> line.startsWith(start) && line.contains(part)));
    }
}
