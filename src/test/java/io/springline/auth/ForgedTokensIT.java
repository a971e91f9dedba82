package io.springline.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.Http;
import io.springline.testing.RawSocket;
import io.springline.testing.SocketPeer;
import io.springline.testing.TestIssuer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** JWTs that name keys which nobody has: each would be a reason to fetch the issuer's keys. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "springline.auth.ticket.enabled=true",
            "springline.websocket.connection-rate-per-address=100000/s",
            "springline.requests.rate=100000/s"
        })
class ForgedTokensIT {

    private static final TestIssuer ISSUER = new TestIssuer();

    @LocalServerPort int port;

    private Instant began = Instant.now();
    private int fetchesBefore;

    @DynamicPropertySource
    static void issuer(DynamicPropertyRegistry registry) {
        ISSUER.isTrustedBy(registry);
    }

    @AfterAll
    static void close() {
        ISSUER.close();
    }

    @BeforeEach
    void begin() {
        began = Instant.now();
        fetchesBefore = ISSUER.fetches();
    }

    /** Two at once, and one more for each interval. */
    private void assertFewFetches() {
        long intervals = Duration.between(began, Instant.now()).dividedBy(IssuerRequests.INTERVAL);
        assertThat(ISSUER.fetches() - fetchesBefore).isLessThanOrEqualTo((int) (3 + intervals));
    }

    private static String valid() {
        return ISSUER.token("ada", Instant.now().plusSeconds(600));
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /actuator/health, 500",
        "GET, /actuator/connections, 50",
        "GET, /console/api/overview, 50",
        "POST, /mcp/ticket, 50"
    })
    void costFewFetchesOverHttp(String method, String path, int times) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            for (int i = 0; i < times; i++) {
                var request =
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                .method(method, HttpRequest.BodyPublishers.noBody())
                                .header("Authorization", "Bearer " + ISSUER.forged("ada"))
                                .build();
                assertThat(client.send(request, BodyHandlers.discarding()).statusCode())
                        .isEqualTo(401);
            }
        }
        assertFewFetches();
    }

    @Test
    void costFewFetchesAtHandshakes() throws Exception {
        for (int i = 0; i < 50; i++) {
            try (var socket =
                    new RawSocket(port, "/mcp", "Authorization: Bearer " + ISSUER.forged("ada"))) {
                assertThat(socket.status()).isEqualTo(401);
            }
        }
        assertFewFetches();
        try (var socket = new RawSocket(port, "/mcp", "Authorization: Bearer " + valid())) {
            assertThat(socket.status()).isEqualTo(101);
        }
    }

    /** Renewal has no limit of one attempt for each connection. */
    @Test
    void endAConnectionThatTriesManyOfThem() throws Exception {
        try (var peer =
                SocketPeer.connect(
                        "ws://127.0.0.1:" + port + "/mcp",
                        Map.of("Authorization", "Bearer " + valid()),
                        "mcp")) {
            int attempts = 0;
            while (peer.closeCode() == null && attempts < 100) {
                attempts++;
                try {
                    peer.ask(
                            "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"authenticate\",\"params\":{\"token\":\"%s\"}}"
                                    .formatted(attempts, ISSUER.forged("ada")));
                } catch (RuntimeException | AssertionError closed) {
                    break;
                }
            }
            assertThat(peer.awaitClose()).isEqualTo(1008);
            assertThat(attempts).isLessThanOrEqualTo(21);
        }
        assertFewFetches();
    }

    /** The parser of JWTs must not end in an error for what anybody may send. */
    @Test
    void ofAnyShapeAreNotValid() throws Exception {
        var nested = java.util.Base64.getUrlEncoder().withoutPadding();
        String deep = nested.encodeToString(("{\"alg\":" + "[".repeat(5000)).getBytes());
        for (String token :
                new String[] {
                    deep + ".e30.x", "..", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "a.b.c.d.e"
                }) {
            assertThat(
                            Http.send(
                                            port,
                                            "GET",
                                            "/actuator/health",
                                            "Authorization",
                                            "Bearer " + token)
                                    .statusCode())
                    .as(token)
                    .isEqualTo(401);
        }
    }
}
