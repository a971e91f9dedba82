package io.springline.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.resume.ResumableSessions;
import io.springline.session.SessionRegistry;
import io.springline.testing.McpPeer;
import io.springline.testing.RawSocket;
import io.springline.testing.SocketPeer;
import io.springline.testing.TranscriptFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Clients whose connections are reset at the worst moment. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "springline.features.built-in=false",
            "springline.session.grace=1s",
            "springline.auth.allow-anonymous=true",
            "springline.websocket.connection-rate-per-address=100000/s",
            "springline.websocket.max-connections-per-address=5000"
        })
@Import(TranscriptFixture.class)
class ResetIT {

    private static final int CLIENTS = 150;
    private static final int CALLS = 8;
    private static final int ROUNDS = 4;
    private static final int RESUMES = 300;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String OPEN =
            "{\"jsonrpc\":\"2.0\",\"id\":\"o\",\"method\":\"springline/open\"}";
    private static final JsonMapper JSON = JsonMapper.shared();

    @LocalServerPort int port;
    @Autowired Connections connections;
    @Autowired SessionRegistry sessions;
    @Autowired ResumableSessions resumable;

    private RawSocket open() throws Exception {
        var socket = new RawSocket(port, "/mcp", "Sec-WebSocket-Protocol: mcp");
        socket.sendText(OPEN);
        return socket;
    }

    private static JsonNode grant(RawSocket socket) throws Exception {
        return JSON.readTree(socket.read(RawSocket.TEXT).payload()).get("result");
    }

    private static String slow(int id, String gate) {
        return """
        {"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{%s,"name":"slow","arguments":{"gate":"%s"}}}\
        """
                .formatted(id, McpPeer.meta("{}"), gate);
    }

    @Test
    void staysAliveWhenAllResumableClientsAreResetWhileAnswersAreDue() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            String gate = "reset-" + round;
            List<RawSocket> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                RawSocket client = open();
                grant(client);
                for (int call = 0; call < CALLS; call++) {
                    client.sendText(slow(call, gate));
                }
                clients.add(client);
            }
            await().atMost(PATIENCE).until(() -> inFlight() == CLIENTS * CALLS);
            try (var opener = SocketPeer.connect("ws://127.0.0.1:" + port + "/mcp")) {
                opener.send(
                        """
                        {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{%s,"name":"open_gate","arguments":{"gate":"%s"}}}\
                        """
                                .formatted(McpPeer.meta("{}"), gate));
                for (RawSocket client : clients) {
                    client.reset();
                }
                assertThat(opener.ask("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}"))
                        .isNotNull();
            }
            // a thread that waits for a lock forever does not end
            await().atMost(PATIENCE).until(() -> sessions.all().isEmpty());
            assertThat(connections.count()).isZero();
            assertThat(resumable.detachedCount()).isZero();
        }
        assertThat(resumable.bufferedBytes()).isZero();
    }

    private int inFlight() {
        return sessions.all().stream().mapToInt(each -> each.inFlight().count()).sum();
    }

    @Test
    void detachesASessionWhoseResumeWasReset() throws Exception {
        for (int i = 0; i < RESUMES; i++) {
            JsonNode grant;
            try (var first = open()) {
                grant = grant(first);
            }
            var second = new RawSocket(port, "/mcp", "Sec-WebSocket-Protocol: mcp");
            second.sendText(
                    """
                    {"jsonrpc":"2.0","id":"r","method":"springline/resume","params":{"token":%s,"epoch":%s,"received":0}}\
                    """
                            .formatted(grant.get("token"), grant.get("epoch")));
            second.reset();
        }
        await().atMost(PATIENCE).until(() -> connections.count() == 0);
        await().atMost(PATIENCE).until(() -> sessions.all().isEmpty());
        assertThat(resumable.detachedCount()).isZero();
    }
}
