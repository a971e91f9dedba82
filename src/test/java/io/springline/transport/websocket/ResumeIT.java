package io.springline.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.resume.ResumableSessions;
import io.springline.session.SessionRegistry;
import io.springline.testing.McpPeer;
import io.springline.testing.RawSocket;
import io.springline.testing.SocketPeer;
import io.springline.testing.TranscriptFixture;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.JsonNode;

/** Resumable sessions whose clients stay away, or do not own them. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "springline.features.built-in=false",
            "springline.session.grace=1s",
            "springline.session.max-buffered=16KB",
            "springline.auth.allow-anonymous=true",
            "springline.auth.tokens[0].name=alice",
            // the SHA-256 of "operator"
            "springline.auth.tokens[0].hash=sha256:06e55b633481f7bb072957eabcf110c972e86691c3cfedabe088024bffe42f23"
        })
@Import(TranscriptFixture.class)
class ResumeIT {

    @LocalServerPort int port;
    @Autowired Connections connections;
    @Autowired SessionRegistry sessions;
    @Autowired ResumableSessions resumable;

    private String uri() {
        return "ws://127.0.0.1:" + port + "/mcp";
    }

    private SocketPeer connect() {
        return SocketPeer.connect(uri());
    }

    private static JsonNode open(SocketPeer peer) throws Exception {
        return peer.ask("{\"jsonrpc\":\"2.0\",\"id\":\"o\",\"method\":\"springline/open\"}")
                .get("result");
    }

    private static String resume(JsonNode grant, long received) {
        return """
        {"jsonrpc":"2.0","id":"r","method":"springline/resume","params":{"token":%s,"epoch":%s,"received":%d}}\
        """
                .formatted(grant.get("token"), grant.get("epoch"), received);
    }

    private static String call(Object id, String tool, String arguments) {
        return """
        {"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{%s,"name":"%s","arguments":%s}}\
        """
                .formatted(id, McpPeer.meta("{}"), tool, arguments);
    }

    private static String reason(JsonNode refusal) {
        return refusal.at("/error/data/reason").asString();
    }

    @Test
    void cancelsCallsAndExpiresTheSessionAfterTheGrace() throws Exception {
        JsonNode grant;
        try (var peer = connect()) {
            grant = open(peer);
            peer.send(call(1, "slow", "{\"gate\":\"grace\"}"));
            peer.ask(call(2, "is_running", "{\"gate\":\"grace\"}"));
            peer.cut();
        }
        await().until(() -> sessions.all().isEmpty());
        try (var peer = connect()) {
            assertThat(reason(peer.ask(resume(grant, 1)))).isEqualTo("expired");
            var interrupted = peer.ask(call(3, "was_interrupted", "{\"gate\":\"grace\"}"));
            assertThat(interrupted.at("/result/content/0/text").asString()).isEqualTo("Yes");
        }
        await().until(() -> sessions.all().isEmpty());
        assertThat(resumable.bufferedBytes()).isZero();
    }

    @Test
    void endsASessionWhoseLogOverflows() throws Exception {
        JsonNode grant;
        try (var peer = connect()) {
            grant = open(peer);
            for (int i = 0; i < 3; i++) {
                peer.send(call(i, "slow", "{\"gate\":\"" + "g".repeat(10_000) + "\"}"));
            }
            peer.ask(call(9, "echo", "{\"message\":\"accepted\"}"));
            peer.cut();
        }
        try (var other = connect()) {
            await().until(() -> resumable.detachedCount() == 1);
            other.ask(call(1, "open_gate", "{\"gate\":\"" + "g".repeat(10_000) + "\"}"));
            await().until(() -> sessions.all().size() == 1);
        }
        try (var peer = connect()) {
            assertThat(reason(peer.ask(resume(grant, 1)))).isEqualTo("overflow");
        }
        assertThat(resumable.bufferedBytes()).isZero();
    }

    @Test
    void refusesToResumeForAnotherPrincipal() throws Exception {
        try (var alice =
                        SocketPeer.connect(
                                uri(), Map.of("Authorization", "Bearer operator"), "mcp");
                var anonymous = connect();
                var again =
                        SocketPeer.connect(
                                uri(), Map.of("Authorization", "Bearer operator"), "mcp")) {
            JsonNode grant = open(alice);
            assertThat(reason(anonymous.ask(resume(grant, 0)))).isEqualTo("not-yours");
            assertThat(alice.closeCode()).isNull();
            assertThat(again.ask(resume(grant, 0)).at("/result/resumed").asBoolean()).isTrue();
            assertThat(alice.awaitClose()).isEqualTo(4409);
        }
    }

    @Test
    void closesWith4429AfterTwentyGuessedTokens() throws Exception {
        for (int i = 0; i < 25; i++) {
            try (var guesser = connect()) {
                assertThat(
                                reason(
                                        guesser.ask(
                                                """
                                                {"jsonrpc":"2.0","id":"r","method":"springline/resume",
                                                 "params":{"token":"%d","epoch":"e","received":0}}\
                                                """
                                                        .formatted(i))))
                        .isEqualTo("unknown");
                if (i >= 19) {
                    assertThat(guesser.awaitClose()).isEqualTo(4429);
                }
            }
        }
    }

    @Test
    void countsAcknowledgementsAgainstTheRate() throws Exception {
        try (var socket = new RawSocket(port, "/mcp", "Sec-WebSocket-Protocol: mcp")) {
            socket.sendText("{\"jsonrpc\":\"2.0\",\"id\":\"o\",\"method\":\"springline/open\"}");
            for (int i = 0; i < 20_000; i++) {
                try {
                    socket.sendText(
                            "{\"jsonrpc\":\"2.0\",\"method\":\"springline/ack\",\"params\":{\"received\":0}}");
                } catch (java.io.IOException closed) {
                    break;
                }
            }
            assertThat(socket.read(RawSocket.CLOSE).code()).isEqualTo(4429);
        }
    }

    /** The server finds out by the other socket that this one is dead. */
    @Test
    void replacesAHalfOpenConnection() throws Exception {
        try (var dead = new RawSocket(port, "/mcp", "Sec-WebSocket-Protocol: mcp");
                var peer = connect()) {
            dead.sendText("{\"jsonrpc\":\"2.0\",\"id\":\"o\",\"method\":\"springline/open\"}");
            JsonNode grant = McpPeer.JSON.readTree(dead.read(RawSocket.TEXT).text()).get("result");
            dead.sendText(call(1, "echo", "{\"message\":\"lost\"}"));
            dead.read(RawSocket.TEXT);
            assertThat(peer.ask(resume(grant, 0)).at("/result/sent").asInt()).isEqualTo(1);
            assertThat(peer.receive().at("/result/content/0/text").asString())
                    .isEqualTo("Echo: lost");
            assertThat(dead.read(RawSocket.CLOSE).code()).isEqualTo(4409);
            await().until(() -> connections.count() == 1);
        }
    }
}
