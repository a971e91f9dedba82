package io.springline.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.McpPeer;
import io.springline.testing.RawSocket;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

/** More clients whose calls take long than the container's pool has places. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {"spring.profiles.active=conformance", "server.jetty.threads.max=8"})
class CrowdIT {

    private static final int CROWD = 16;
    private static final String LONG = "{\"ms\":60000}";

    @LocalServerPort int port;

    /** Upgrade and first message in one write: read when the connection opens. */
    private RawSocket connect(String call) throws Exception {
        var socket = RawSocket.withoutRequest(port);
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(RawSocket.request(port, "/mcp").getBytes(StandardCharsets.ISO_8859_1));
        bytes.writeBytes(
                RawSocket.frame(
                        RawSocket.FIN | RawSocket.TEXT, call.getBytes(StandardCharsets.UTF_8)));
        socket.sendRaw(bytes.toByteArray());
        assertThat(socket.head()).startsWith("HTTP/1.1 101");
        return socket;
    }

    private static String call(String tool, String arguments) {
        return """
        {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{%s,"name":"%s","arguments":%s}}\
        """
                .formatted(McpPeer.meta("{}"), tool, arguments);
    }

    @Test
    void servesEveryClientOfACrowd() throws Exception {
        List<RawSocket> crowd = new ArrayList<>();
        try {
            for (int i = 0; i < CROWD; i++) {
                crowd.add(connect(call("sleep", LONG)));
            }
            for (RawSocket waiting : crowd) {
                waiting.sendText(call("sleep", LONG).replace("\"id\":1", "\"id\":2"));
            }
            try (var late = connect(call("echo", "{\"message\":\"served\"}"))) {
                assertThat(late.read(RawSocket.TEXT).text()).contains("served");
                late.sendText(call("echo", "{\"message\":\"again\"}"));
                assertThat(late.read(RawSocket.TEXT).text()).contains("again");
            }
            for (RawSocket waiting : crowd) {
                waiting.send(RawSocket.PING, new byte[0]);
                waiting.read(RawSocket.PONG);
            }
        } finally {
            for (RawSocket socket : crowd) {
                socket.close();
            }
        }
    }
}
