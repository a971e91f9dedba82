package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.jsonrpc.JsonRpcCodec;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.RequestId;
import io.springline.testing.EverythingServer;
import io.springline.testing.NodeProject;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The reference server of the protocol's authors, reached by Streamable HTTP. */
@Tag("node")
class StreamableEverythingIT {

    private final HttpRecordingReceiver receiver = new HttpRecordingReceiver();

    @Test
    void initializesListsAndCalls() throws Exception {
        try (var server = new EverythingServer(NodeProject.installed("typescript-v1")).ready();
                var client = HttpTransport.client(Duration.ofSeconds(5))) {
            try (var transport =
                    new HttpTransport(
                            "everything",
                            new HttpEndpoint(server.uri(), Map.of()),
                            JsonRpcCodec.json(4_000_000),
                            client,
                            Duration.ofSeconds(20),
                            4_000_000)) {
                transport.start(receiver);
                drive(transport);
            }
            await().until(() -> receiver.lines().getLast().equals("closed: closed"));
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
}
