package io.springline.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.Http;
import io.springline.testing.HttpPeer;
import io.springline.testing.McpPeer;
import io.springline.testing.RawSocket;
import io.springline.testing.SocketPeer;
import io.springline.testing.TestIssuer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/**
 * URL tokens by each right and wrong way; and none of them is ever seen again: neither in a
 * response, nor in the log down to debug, the audit log and the access log.
 */
@ExtendWith(OutputCaptureExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "springline.auth.url-tokens[0].name=device",
            // the SHA-256 of "url-device+4713/x="
            "springline.auth.url-tokens[0].hash=sha256:beb473167468279ec6fee2be3aac2d84d5a5281dc8c1075d8e072155dea59e30",
            "springline.auth.url-tokens[0].roles=reader",
            "springline.auth.url-tokens[0].expires=2126-01-01T00:00:00Z",
            "springline.auth.url-tokens[1].name=old",
            // the SHA-256 of "url-old-4714"
            "springline.auth.url-tokens[1].hash=sha256:1974cf2795b5050e844142b120eaedd8f2e52b31164638e372ec6eea8814934f",
            "springline.auth.url-tokens[1].expires=2026-01-01T00:00:00Z",
            "springline.auth.url-tokens[2].name=lost",
            // the SHA-256 of "url-lost-4715"
            "springline.auth.url-tokens[2].hash=sha256:7bd61fd0753f529b2c639484875437e1cd9929a828c95d78e7dc7dbfe98b59ef",
            "springline.auth.url-tokens[2].expires=2126-01-01T00:00:00Z",
            "springline.auth.tokens[0].name=operator",
            // the SHA-256 of "tok-op-4717"
            "springline.auth.tokens[0].hash=sha256:fe577b8361ebb7abe8b3e3a82ba0b08724f5c3e0312d74d741b39f4744ac6c6c",
            "springline.auth.tokens[0].roles=operator",
            "springline.auth.ticket.enabled=true",
            "springline.auth.in-band.enabled=false",
            "springline.websocket.connection-rate-per-address=100000/s",
            "server.jetty.accesslog.enabled=true",
            "server.jetty.accesslog.custom-format=%{client}a %r %q %U %s %{Referer}i",
            "logging.level.io.springline=debug",
            "logging.level.io.springline.audit=info",
            "logging.level.org.springframework.web=debug",
            "logging.level.org.springframework.security=debug",
            "logging.level.org.eclipse.jetty=info"
        })
class UrlTokensIT {

    private static final String DEVICE = "url-device+4713/x=";
    private static final String OLD = "url-old-4714";
    private static final String LOST = "url-lost-4715";
    private static final String OPERATOR = "tok-op-4717";
    private static final TestIssuer ISSUER = new TestIssuer();

    /** All credentials that were sent in a URL, in each spelling. */
    private static final Queue<String> SENT =
            new ConcurrentLinkedQueue<>(List.of(DEVICE, encoded(DEVICE), OLD, LOST, OPERATOR));

    private static final Path ACCESS_LOG = temporaryFile();

    @LocalServerPort int port;

    @DynamicPropertySource
    static void properties(DynamicPropertyRegistry registry) {
        ISSUER.isTrustedBy(registry);
        registry.add("server.jetty.accesslog.filename", ACCESS_LOG::toString);
    }

    private static Path temporaryFile() {
        try {
            return Files.createTempFile("access", ".log");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterEach
    void noTokenIsInTheLog(CapturedOutput output) {
        String log = output.getAll();
        assertThat(log).contains("Securing "); // it is there, down to debug
        assertThat(SENT).filteredOn(log::contains).isEmpty();
    }

    @AfterAll
    static void noTokenIsInTheAccessLog() throws Exception {
        ISSUER.close();
        String log = Files.readString(ACCESS_LOG);
        Files.delete(ACCESS_LOG);
        assertThat(log).contains("GET /mcp", "GET /actuator/connections");
        assertThat(SENT).filteredOn(log::contains).isEmpty();
    }

    private static String encoded(String token) {
        return URLEncoder.encode(token, StandardCharsets.UTF_8);
    }

    private int upgrade(String query, String... headers) throws Exception {
        try (var socket = new RawSocket(port, "/mcp" + query, headers)) {
            assertThat(SENT).filteredOn(socket.response()::contains).isEmpty();
            return socket.status();
        }
    }

    private HttpResponse<String> http(String method, String path, String... headers)
            throws Exception {
        HttpResponse<String> response = Http.send(port, method, path, headers);
        assertThat(SENT).filteredOn(response.body()::contains).isEmpty();
        assertThat(SENT).filteredOn(response.headers().toString()::contains).isEmpty();
        return response;
    }

    private static String[] bearer(String token) {
        return new String[] {"Authorization", "Bearer " + token};
    }

    @Test
    void admitsTheDeviceAsOftenAsItConnects() throws Exception {
        for (int i = 0; i < 3; i++) {
            assertThat(upgrade("?token=" + encoded(DEVICE))).isEqualTo(101);
        }
        assertThat(upgrade("?other=1&%74oken=" + encoded(DEVICE))).isEqualTo(101);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "?token=",
                "?token",
                "?token=wrong",
                "?token=%zz",
                "?token=%ff%fe",
                "?token=" + OLD,
                "?Token=url-device%2B4713%2Fx%3D",
                "?token=url-device%2B4713%2Fx%3D&token=url-device%2B4713%2Fx%3D",
                "?token=url-device%2B4713%2Fx%3D&token=wrong",
                "?token=url-device%2B4713%2Fx%3D%20",
                "?ticket=url-device%2B4713%2Fx%3D",
                "?token=url-device+4713/x=", // a plus sign is a space
                "?token=" + OPERATOR,
            })
    void refusesEveryOtherForm(String query) throws Exception {
        assertThat(upgrade(query)).isEqualTo(401);
    }

    @Test
    void refusesAJwtInTheUrl() throws Exception {
        String jwt = ISSUER.token("ada", Instant.now().plusSeconds(600));
        SENT.add(jwt);
        assertThat(upgrade("?token=" + jwt)).isEqualTo(401);
    }

    @Test
    void refusesItAnywhereButInTheUrl() throws Exception {
        assertThat(upgrade("", "Authorization: Bearer " + DEVICE)).isEqualTo(401);
        assertThat(upgrade("", "Sec-WebSocket-Protocol: mcp, mcp.auth." + LOST)).isEqualTo(401);
        assertThat(upgrade("", "Referer: http://127.0.0.1/mcp?token=" + encoded(DEVICE)))
                .isEqualTo(401);
        assertThat(upgrade("", "Cookie: token=" + LOST)).isEqualTo(401);
    }

    @Test
    void refusesItBesideACredentialOfAnotherPrincipal() throws Exception {
        assertThat(upgrade("?token=" + encoded(DEVICE), "Authorization: Bearer " + OPERATOR))
                .isEqualTo(401);
    }

    @Test
    void buysNoTicket() throws Exception {
        assertThat(http("POST", "/mcp/ticket?token=" + encoded(DEVICE)).statusCode())
                .isEqualTo(401);
        assertThat(http("POST", "/mcp/ticket", bearer(DEVICE)).statusCode()).isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/actuator/connections",
                "/actuator/metrics",
                "/actuator/urltokens",
                "/actuator/attached",
                "/console/api/overview",
                "/console/api/attached",
            })
    void opensNoEndpointOfOperators(String path) throws Exception {
        String token = encoded(DEVICE);
        assertThat(http("GET", path + "?token=" + token).statusCode()).isEqualTo(401);
        assertThat(http("GET", path, bearer(DEVICE)).statusCode()).isEqualTo(401);
        assertThat(
                        http("GET", path, "Referer", "http://127.0.0.1/mcp?a=b&token=" + token)
                                .statusCode())
                .isEqualTo(401);
        // and is no part of the request of an operator
        assertThat(http("GET", path + "?token=" + token, bearer(OPERATOR)).statusCode())
                .isEqualTo(200);
    }

    private HttpPeer client(String query) {
        return new HttpPeer(port, "/mcp" + query);
    }

    @Test
    void admitsTheDeviceByHttp() throws Exception {
        try (var peer = client("?token=" + encoded(DEVICE)).initialize("2025-11-25", "{}")) {
            String list = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}";
            assertThat(peer.post(list).statusCode()).isEqualTo(200);
            // another principal has no share in the session
            assertThat(
                            peer.at("/mcp")
                                    .with("Authorization", "Bearer " + OPERATOR)
                                    .post(list)
                                    .statusCode())
                    .isEqualTo(404);
            assertThat(peer.send("DELETE").statusCode()).isEqualTo(204);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "?token=wrong",
                "?token=" + OLD,
                "?token=" + OPERATOR,
                "?ticket=url-device%2B4713%2Fx%3D",
                "?token=url-device%2B4713%2Fx%3D&token=url-device%2B4713%2Fx%3D",
            })
    void refusesEveryOtherFormByHttp(String query) throws Exception {
        try (var peer = client(query)) {
            for (String method : List.of("POST", "GET", "DELETE")) {
                var response = peer.send(method);
                assertThat(response.statusCode()).isEqualTo(401);
                assertThat(SENT).filteredOn(response.body()::contains).isEmpty();
                assertThat(SENT).filteredOn(response.headers().toString()::contains).isEmpty();
            }
        }
    }

    @Test
    void isScrubbedFromPathsThatDoNotExist() throws Exception {
        String token = "?token=" + encoded(DEVICE);
        http("GET", "/nowhere" + token);
        http("GET", "/mcp/nowhere" + token);
        http("GET", "/.well-known/oauth-protected-resource/mcp" + token);
        http("GET", "/" + token);
        assertThat(upgrade("/nowhere" + token)).isEqualTo(404);
    }

    @Test
    void isAPrincipalOfItsOwnKind() throws Exception {
        try (var peer = connect(DEVICE)) {
            peer.ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"springline/open\"}");
            String connections = http("GET", "/actuator/connections", bearer(OPERATOR)).body();
            assertThat(connections).contains("\"url-token:device\"");
        }
    }

    @Test
    void endsWithItsConnectionsWhenAnOperatorRevokesIt() throws Exception {
        try (var peer = connect(LOST);
                var http = client("?token=" + LOST).initialize("2025-11-25", "{}");
                var stream = http.copy().with("Accept", "text/event-stream").get()) {
            assertThat(stream.status()).isEqualTo(200);
            assertThat(http("DELETE", "/actuator/urltokens/lost").statusCode()).isEqualTo(401);
            assertThat(http("DELETE", "/actuator/urltokens/nobody", bearer(OPERATOR)).statusCode())
                    .isEqualTo(404);
            assertThat(state("lost")).isEqualTo("VALID");
            assertThat(http("DELETE", "/actuator/urltokens/lost", bearer(OPERATOR)).statusCode())
                    .isEqualTo(204);
            assertThat(peer.awaitClose()).isEqualTo(4401);
            assertThat(stream.rest()).isEmpty(); // to its end
        }
        assertThat(upgrade("?token=" + LOST)).isEqualTo(401);
        try (var peer = client("?token=" + LOST)) {
            assertThat(peer.post("{}").statusCode()).isEqualTo(401);
        }
        assertThat(state("lost")).isEqualTo("REVOKED");
        assertThat(state("old")).isEqualTo("EXPIRED");
        assertThat(state("device")).isEqualTo("VALID");
    }

    private String state(String name) throws Exception {
        String body = http("GET", "/actuator/urltokens", bearer(OPERATOR)).body();
        assertThat(body).doesNotContain("sha256", "hash");
        return McpPeer.JSON
                .readTree(body)
                .path("tokens")
                .valueStream()
                .filter(token -> token.path("name").asString().equals(name))
                .findFirst()
                .orElseThrow()
                .path("state")
                .asString();
    }

    private SocketPeer connect(String token) {
        return SocketPeer.connect(
                "ws://127.0.0.1:" + port + "/mcp?token=" + encoded(token), Map.of(), "mcp");
    }
}
