package io.springline.transport.http;

import static io.springline.testing.HttpPeer.modernCall;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.feature.Tool;
import io.springline.feature.endpoint.Features;
import io.springline.feature.result.ToolResult;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.session.Broadcast;
import io.springline.session.Outbound;
import io.springline.session.limit.UnreadMemory;
import io.springline.testing.HttpPeer;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.node.JsonNodeFactory;

/** How long the messages of HTTP responses count as unread. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        classes = SpringlineApplication.class,
        properties = {
            "springline.http.max-sessions=1",
            "springline.websocket.outbound-buffer-size=256KB",
            "springline.websocket.write-timeout=3s"
        })
@Import(UnreadHttpResponsesIT.Disconnects.class)
@Timeout(180)
class UnreadHttpResponsesIT {

    private static final String INITIALIZE =
            """
            {"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",\
            "capabilities":{},"clientInfo":{"name":"t","version":"1"}}}\
            """;

    /** Larger than what is written without being counted. */
    private static final String LARGE = "x".repeat(64 * 1024);

    private static final int HUGE_BYTES = 20 << 20;

    @LocalServerPort int port;
    @Autowired Features features;
    @Autowired LegacySessions sessions;
    @Autowired UnreadMemory unread;

    @DynamicPropertySource
    static void largeAnswers(DynamicPropertyRegistry properties) {
        properties.add("springline.features.instructions", () -> LARGE);
    }

    /** Responses fail as if the client had reset its connection, if it says so. */
    @TestConfiguration
    static class Disconnects {
        @Bean
        Filter disconnect() {
            return (request, response, chain) ->
                    chain.doFilter(
                            request,
                            ((HttpServletRequest) request).getHeader("X-Reset") == null
                                    ? response
                                    : new ResetResponse((HttpServletResponse) response));
        }
    }

    private static final class ResetResponse extends HttpServletResponseWrapper {
        ResetResponse(HttpServletResponse response) {
            super(response);
        }

        @Override
        public ServletOutputStream getOutputStream() throws IOException {
            throw new IOException("reset by the test");
        }
    }

    @Test
    void forgetsTheAnswerOfARefusedInitialize() throws Exception {
        try (var first = peer().initialize("2025-11-25", "{}");
                HttpPeer.Events inUse = first.get();
                var refused = peer()) {
            for (int i = 0; i < 3; i++) {
                assertThat(refused.post(INITIALIZE).statusCode()).isEqualTo(503);
            }
            assertThat(inUse.next()).isNotNull();
            await().untilAsserted(() -> assertThat(unread.bytes()).isZero());
            first.send("DELETE");
        }
        await().until(() -> sessions.all().isEmpty());
    }

    @Test
    void forgetsTheMessagesOfAStreamWhoseClientIsGone() throws Exception {
        try (var peer = peer().initialize("2025-11-25", "{}")) {
            LegacySession session = sessions.all().iterator().next();
            var params = JsonNodeFactory.instance.objectNode().put("data", LARGE);
            new Broadcast(
                            new Notification("notifications/message", params),
                            Outbound.Kind.LOG,
                            null)
                    .sendTo(session.session());
            long kept = unread.bytes(); // by the session, for a stream that is resumed
            try (var gone = peer.withNewConnections().with("X-Reset", "1")) {
                assertThat(gone.send("GET").statusCode()).isEqualTo(500);
            }
            await().untilAsserted(() -> assertThat(unread.bytes()).isEqualTo(kept));
            peer.send("DELETE");
        }
        await().until(() -> sessions.all().isEmpty() && unread.bytes() == 0);
    }

    /** It takes twice as long as the write timeout allows for a part of it. */
    @ParameterizedTest
    @CsvSource({"huge_json, application/json", "huge_events, text/event-stream"})
    void sendsALargeResultToAClientThatReadsSlowlyButSteadily(String tool, String accept)
            throws Exception {
        features.tools()
                .add(
                        List.of(
                                Tool.named(tool)
                                        .handler((_, _) ->
                                                ToolResult.text("x".repeat(HUGE_BYTES)))));
        try (var socket = new Socket()) {
            socket.setReceiveBufferSize(4096);
            socket.setSoTimeout(30_000);
            socket.connect(new InetSocketAddress("127.0.0.1", port));
            socket.getOutputStream().write(post(accept, tool, modernCall(1, tool, "{}")));
            long read = 0;
            byte[] part = new byte[128 * 1024];
            for (int n; (n = socket.getInputStream().readNBytes(part, 0, part.length)) > 0; ) {
                read += n;
                Thread.sleep(50); // reads slowly
            }
            assertThat(read).isGreaterThan(HUGE_BYTES);
        }
    }

    private static byte[] post(String accept, String tool, String call) {
        String head =
                """
                POST /mcp HTTP/1.1
                Host: localhost
                Accept: %s
                Content-Type: application/json
                Content-Length: %d
                MCP-Protocol-Version: 2026-07-28
                Mcp-Method: tools/call
                Mcp-Name: %s
                Connection: close

                """
                        .formatted(accept, call.length(), tool);
        return (head.replace("\n", "\r\n") + call).getBytes(StandardCharsets.US_ASCII);
    }

    private HttpPeer peer() {
        return new HttpPeer(port, "/mcp");
    }
}
