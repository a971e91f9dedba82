package io.springline.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.McpPeer;
import io.springline.testing.RawSocket;
import io.springline.testing.SocketPeer;
import io.springline.testing.TestIssuer;
import io.springline.transport.TransportStatistics;
import io.springline.transport.TransportStatistics.Rejection;
import io.springline.transport.websocket.Connections;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/** Tokens on the open connection: to come in, and to stay. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "springline.auth.in-band.enabled=true",
            "springline.auth.in-band.deadline=2s",
            "springline.websocket.max-unauthenticated-connections=2",
            "springline.websocket.max-connections-per-principal=2"
        })
class InBandIT {

    private static final TestIssuer ISSUER = new TestIssuer();
    private static final String PING = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";

    @LocalServerPort int port;
    @Autowired Connections connections;
    @Autowired TransportStatistics statistics;

    @DynamicPropertySource
    static void issuer(DynamicPropertyRegistry registry) {
        ISSUER.isTrustedBy(registry);
    }

    @AfterAll
    static void close() {
        ISSUER.close();
    }

    @AfterEach
    void allAreGone() {
        await().pollInterval(Duration.ofMillis(10)).until(() -> connections.count() == 0);
    }

    private SocketPeer connect() {
        return SocketPeer.connect("ws://127.0.0.1:" + port + "/mcp");
    }

    private SocketPeer connect(String token) {
        return SocketPeer.connect(
                "ws://127.0.0.1:" + port + "/mcp",
                Map.of("Authorization", "Bearer " + token),
                null);
    }

    /** Seconds in which a slow machine still opens a connection. */
    private static final int SOON = 6;

    private static String ada(int seconds) {
        return ISSUER.token("ada", Instant.now().plusSeconds(seconds));
    }

    private static JsonNode authenticate(McpPeer peer, String token) throws Exception {
        return peer.ask(
                """
                {"jsonrpc":"2.0","id":"a","method":"authenticate","params":{"token":"%s"}}\
                """
                        .formatted(token));
    }

    @Test
    void nothingButAuthenticateUntilItSucceeds() throws Exception {
        try (var peer = connect()) {
            for (String each :
                    new String[] {
                        PING,
                        """
                        {"jsonrpc":"2.0","id":1,"method":"server/discover","params":{%s}}\
                        """
                                .formatted(McpPeer.meta("{}")),
                        """
                        {"jsonrpc":"2.0","id":1,"method":"no/such"}\
                        """
                    }) {
                JsonNode refusal = peer.ask(each);
                assertThat(refusal.path("id").asInt()).isEqualTo(1);
                assertThat(refusal.at("/error/code").asInt()).isEqualTo(-32001);
                assertThat(refusal.at("/error/message").asString())
                        .isEqualTo("Authentication required: send authenticate with a token first");
            }
            assertThat(authenticate(peer, ada(600)).path("result").isObject()).isTrue();
            assertThat(peer.ask(PING).path("result").isObject()).isTrue();
            peer.initialize("2025-11-25", "{}");
            assertThat(connections.all().iterator().next().caller().name()).isEqualTo("ada");
        }
    }

    @Test
    void whatFollowsAuthenticateNeedNotWaitForItsAnswer() throws Exception {
        try (var peer = connect()) {
            peer.send(
                    """
                    {"jsonrpc":"2.0","id":"a","method":"authenticate","params":{"token":"%s"}}\
                    """
                            .formatted(ada(600)));
            peer.send(PING);
            assertThat(peer.receive().path("result").isObject()).isTrue();
            assertThat(peer.receive().path("result").isObject()).isTrue();
        }
    }

    @Test
    void aSilentSocketIsClosedByTheDeadline() throws Exception {
        try (var socket = new RawSocket(port, "/mcp")) {
            assertThat(socket.status()).isEqualTo(101);
            assertThat(socket.read(RawSocket.CLOSE).code()).isEqualTo(1008);
        }
    }

    @Test
    void asIsOneThatTalksButNeverAuthenticates() throws Exception {
        try (var peer = connect()) {
            await().pollInterval(Duration.ofMillis(100))
                    .until(() -> {
                        if (peer.closeCode() == null) {
                            peer.send(PING);
                        }
                        return peer.closeCode() != null;
                    });
            assertThat(peer.closeCode()).isEqualTo(1008);
        }
    }

    @Test
    void aWrongTokenEndsTheConnection() throws Exception {
        try (var peer = connect()) {
            assertThat(authenticate(peer, "wrong").at("/error/code").asInt()).isEqualTo(-32001);
            assertThat(peer.awaitClose()).isEqualTo(1008);
        }
    }

    @Test
    void thoseWhoHaveYetToSayWhoTheyAreHaveALimitOfTheirOwn() throws Exception {
        String token = ada(600); // before the deadline of those who wait runs
        try (var first = connect();
                var _ = connect()) {
            try (var third = new RawSocket(port, "/mcp")) {
                assertThat(third.status()).isEqualTo(503);
                assertThat(third.response()).containsIgnoringCase("Retry-After: ");
            }
            assertThat(statistics.rejectedBy(Rejection.UNAUTHENTICATED_LIMIT)).isPositive();
            authenticate(first, token);
            try (var third = new RawSocket(port, "/mcp")) {
                assertThat(third.status()).isEqualTo(101);
            }
        }
    }

    @Test
    void aPrincipalHasItsLimitHoweverItComesIn() throws Exception {
        String token = ada(600);
        try (var _ = connect(token);
                var _ = connect(token);
                var third = connect()) {
            assertThat(authenticate(third, token).at("/error/message").asString())
                    .contains("Too many connections");
            assertThat(third.awaitClose()).isEqualTo(1008);
        }
    }

    @Test
    void anExpiredCredentialEndsTheConnectionWith4401() throws Exception {
        try (var peer = connect(ada(SOON))) {
            assertThat(peer.awaitClose()).isEqualTo(4401);
        }
    }

    @Test
    void renewalKeepsTheConnectionAndWhatRunsOnIt() throws Exception {
        try (var peer = connect(ada(SOON))) {
            peer.initialize("2025-11-25", "{}");
            Instant end = Instant.now().plusSeconds(SOON + 1);
            assertThat(authenticate(peer, ada(600)).path("result").isObject()).isTrue();
            await().until(() -> Instant.now().isAfter(end));
            assertThat(peer.ask(PING).path("result").isObject()).isTrue();
            assertThat(peer.closeCode()).isNull();
        }
    }

    @Test
    void whoHasYetToSayWhoItIsOpensNoSession() throws Exception {
        String open =
                """
                {"jsonrpc":"2.0","id":"o","method":"springline/open","params":{}}\
                """;
        String resume =
                """
                {"jsonrpc":"2.0","id":"r","method":"springline/resume",
                 "params":{"token":"t","epoch":"e","received":0}}\
                """;
        try (var peer = connect()) {
            assertThat(peer.ask(open).at("/error/code").asInt()).isEqualTo(-32001);
            assertThat(peer.ask(resume).at("/error/code").asInt()).isEqualTo(-32001);
            authenticate(peer, ada(600));
            assertThat(peer.ask(open).at("/result/token").isString()).isTrue();
        }
    }

    @Test
    void aResumableSessionIsWarnedAndOutlivesItsCredential() throws Exception {
        JsonNode opened;
        try (var peer = connect(ada(SOON))) {
            opened =
                    peer.ask(
                                    """
                                    {"jsonrpc":"2.0","id":"o","method":"springline/open","params":{}}\
                                    """)
                            .path("result");
            JsonNode warning = peer.receive();
            assertThat(warning.path("method").asString()).isEqualTo("springline/expiring");
            assertThat(warning.at("/params/expiresInMs").asInt()).isBetween(0, SOON * 1000);
            assertThat(peer.awaitClose()).isEqualTo(4401);
        }
        try (var peer = connect(ada(600))) {
            JsonNode resumed =
                    peer.ask(
                            """
                            {"jsonrpc":"2.0","id":"r","method":"springline/resume",
                             "params":{"token":"%s","epoch":"%s","received":1}}\
                            """
                                    .formatted(
                                            opened.path("token").asString(),
                                            opened.path("epoch").asString()));
            assertThat(resumed.at("/result/resumed").asBoolean()).isTrue();
            assertThat(peer.ask(PING).path("result").isObject()).isTrue();
        }
    }

    @Test
    void renewalIsForTheSamePrincipalAlone() throws Exception {
        try (var peer = connect(ada(600))) {
            String bob = ISSUER.token("bob", Instant.now().plusSeconds(600));
            assertThat(authenticate(peer, bob).at("/error/message").asString())
                    .contains("another principal");
            assertThat(authenticate(peer, "wrong").at("/error/code").asInt()).isEqualTo(-32001);
            assertThat(peer.ask(PING).path("result").isObject()).isTrue();
            assertThat(connections.all().iterator().next().caller().name()).isEqualTo("ada");
        }
    }
}
