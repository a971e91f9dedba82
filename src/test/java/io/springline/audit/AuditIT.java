package io.springline.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.Http;
import io.springline.testing.HttpPeer;
import io.springline.testing.McpPeer;
import io.springline.testing.RawSocket;
import io.springline.testing.SocketPeer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** What is left behind for those who ask later, as JSON on the console. */
@ExtendWith(OutputCaptureExtension.class)
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "logging.level.io.springline.audit=info",
            "springline.auth.tokens[0].name=ada",
            // the SHA-256 of "tok-ada-4711"
            "springline.auth.tokens[0].hash=sha256:fc64a0c195eda45d730a829931b75afc442126bcc5ceb5c61fe008d1bf2d39b4",
            "springline.auth.ticket.enabled=true",
            "springline.auth.rules[0].tools=system_*",
            "springline.auth.rules[0].roles=operator",
            "springline.auth.rules[1].tools=*",
            "springline.auth.rules[1].resources=*",
            "springline.auth.rules[1].roles=*"
        })
class AuditIT {

    private static final String TOKEN = "tok-ada-4711";

    @LocalServerPort int port;

    /** Levels outlive the context. */
    @AfterAll
    static void off() {
        LoggingSystem.get(AuditIT.class.getClassLoader()).setLogLevel(AuditLog.NAME, LogLevel.OFF);
    }

    private static List<JsonNode> lines(CapturedOutput output) {
        return output.getOut()
                .lines()
                .filter(line -> line.startsWith("{") && line.contains(AuditLog.NAME))
                .map(McpPeer.JSON::readTree)
                .toList();
    }

    private static List<JsonNode> lines(CapturedOutput output, String event) {
        return lines(output).stream()
                .filter(line -> line.path("event").asString("").equals(event))
                .toList();
    }

    private SocketPeer connect() {
        return SocketPeer.connect(
                "ws://127.0.0.1:" + port + "/mcp",
                Map.of("Authorization", "Bearer " + TOKEN),
                "mcp");
    }

    @Test
    void tellsWhoDidWhatAndWithWhatOutcome(CapturedOutput output) throws Exception {
        try (var peer = connect()) {
            peer.initialize("2025-11-25", "{}");
            call(peer, "echo", "a-secret-argument");
            call(peer, "system_info", "a-secret-argument");
            peer.ask(
                    """
                    {"jsonrpc":"2.0","id":1,"method":"resources/read",
                     "params":{"uri":"x:///a?key=a-secret-argument"}}\
                    """);
        }
        await().until(() -> !lines(output, "connection.closed").isEmpty());
        // A line is written when its answer is on its way, so the next one may overtake it.
        await().until(() -> lines(output, "request").size() == 4);
        has(lines(output, "authentication").getFirst(), "outcome", "ok");
        has(lines(output, "authentication").getFirst(), "way", "authorization");
        has(lines(output, "authentication").getFirst(), "principal", "ada");
        has(lines(output, "connection.opened").getFirst(), "principal", "ada");
        assertThat(lines(output, "connection.opened").getFirst().path("address").asString())
                .startsWith("127.0.0.1:");
        assertThat(lines(output, "request"))
                .extracting(line ->
                        "%s %s %s %s"
                                .formatted(
                                        line.path("principal").asString(),
                                        line.path("method").asString(),
                                        line.path("name").asString("-"),
                                        line.path("outcome").asString()))
                .containsExactlyInAnyOrder(
                        "ada initialize - result",
                        "ada tools/call echo result",
                        "ada tools/call system_info denied",
                        "ada resources/read x:///a error");
        assertThat(lines(output, "request"))
                .allSatisfy(line -> assertThat(line.path("durationMs").isNumber()).isTrue());
        has(lines(output, "connection.closed").getFirst(), "reason", "peer");
        has(lines(output, "connection.closed").getFirst(), "principal", "ada");
        assertThat(output.getAll()).doesNotContain("a-secret-argument", TOKEN);
    }

    @Test
    void namesTheTransportOfRequestsAndSessions(CapturedOutput output) throws Exception {
        try (var peer = new HttpPeer(port, "/mcp").with("Authorization", "Bearer " + TOKEN)) {
            peer.initialize("2025-11-25", "{}");
            peer.post(HttpPeer.call(1, "echo", "{\"message\":\"x\"}"));
            peer.send("DELETE");
        }
        try (var peer = connect()) {
            peer.initialize("2025-11-25", "{}");
        }
        await().until(() -> lines(output, "request").size() == 3);
        await().until(() -> lines(output, "connection.closed").size() == 2);
        assertThat(lines(output, "request"))
                .extracting(line ->
                        line.path("method").asString() + " " + line.path("transport").asString())
                .containsExactlyInAnyOrder(
                        "initialize http", "tools/call http", "initialize websocket");
        JsonNode opened = lines(output, "session.opened").getFirst();
        has(opened, "transport", "http");
        has(opened, "principal", "ada");
        JsonNode connection = lines(output, "connection.opened").getFirst();
        assertThat(connection.path("address").asString()).startsWith("127.0.0.1:");
        assertThat(opened.path("connection")).isEqualTo(connection.path("connection"));
    }

    @Test
    void namesTheAddressOfARequestWithoutASession(CapturedOutput output) throws Exception {
        try (var peer = new HttpPeer(port, "/mcp").with("Authorization", "Bearer " + TOKEN)) {
            peer.modern("tools/call", "echo")
                    .post(HttpPeer.modernCall(1, "echo", "{\"message\":\"x\"}"));
            peer.initialize("2025-11-25", "{}");
        }
        await().until(() -> lines(output, "request").size() == 2);
        assertThat(lines(output, "request"))
                .allSatisfy(line -> {
                    has(line, "principal", "ada");
                    boolean modern = line.path("method").asString().equals("tools/call");
                    assertThat(line.path("address").asString("").startsWith("127.0.0.1:"))
                            .isEqualTo(modern);
                });
    }

    @Test
    void tellsWhoWasTurnedAwayAndWhy(CapturedOutput output) throws Exception {
        try (var socket = new RawSocket(port, "/mcp", "Authorization: Bearer tok-eve-1")) {
            assertThat(socket.status()).isEqualTo(401);
        }
        try (var socket = new RawSocket(port, "/mcp?ticket=tok-eve-2")) {
            assertThat(socket.status()).isEqualTo(401);
        }
        try (var socket = new RawSocket(port, "/mcp", "Host: evil.example.com")) {
            assertThat(socket.status()).isEqualTo(403);
        }
        Http.send(port, "POST", "/mcp/ticket", "Authorization", "Bearer tok-eve-3");
        assertThat(lines(output, "authentication"))
                .extracting(
                        line -> line.path("way").asString() + " " + line.path("reason").asString())
                .containsExactly(
                        "authorization invalid", "ticket invalid", "authorization invalid");
        assertThat(lines(output, "connection.refused"))
                .extracting(line -> line.path("reason").asString())
                .containsExactly("unauthenticated", "unauthenticated", "host", "unauthenticated");
        assertThat(output.getAll()).doesNotContain("tok-eve");
    }

    private static void call(McpPeer peer, String tool, String argument) throws Exception {
        peer.ask(
                """
                {"jsonrpc":"2.0","id":1,"method":"tools/call",
                 "params":{"name":"%s","arguments":{"message":"%s"}}}\
                """
                        .formatted(tool, argument));
    }

    private static void has(JsonNode line, String member, String value) {
        assertThat(line.path(member).asString()).isEqualTo(value);
    }
}
