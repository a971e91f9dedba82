package io.springline.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.Http;
import io.springline.testing.McpPeer;
import io.springline.testing.RawSocket;
import io.springline.testing.SocketPeer;
import io.springline.testing.TestIssuer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/**
 * Each kind of client by each way in with a right, a wrong, an expired and no credential; and none
 * of them is ever seen again, neither in a response nor in the log.
 */
@ExtendWith(OutputCaptureExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "springline.auth.tokens[0].name=ada",
            // the SHA-256 of "tok-ada-4711"
            "springline.auth.tokens[0].hash=sha256:fc64a0c195eda45d730a829931b75afc442126bcc5ceb5c61fe008d1bf2d39b4",
            "springline.auth.tokens[1].name=bob",
            // the SHA-256 of "tok-bob-4712"
            "springline.auth.tokens[1].hash=sha256:0c230dfc845bc5c86fb135ac97e8548dfc07bef87ff16e2ad7bd1798a563ab28",
            "springline.auth.ticket.enabled=true",
            "springline.auth.ticket.lifetime=" + WaysInIT.TICKET_SECONDS + "s",
            "springline.websocket.allowed-origins=https://app.example.com",
            "springline.websocket.connection-rate-per-address=100000/s",
            "logging.level.io.springline=debug",
            "logging.level.org.springframework.web=debug",
            "logging.level.org.springframework.security=debug"
        })
class WaysInIT {

    private static final String ADA = "tok-ada-4711";
    private static final String BOB = "tok-bob-4712";
    private static final String ORIGIN = "https://app.example.com";
    static final int TICKET_SECONDS = 4;
    private static final TestIssuer ISSUER = new TestIssuer();

    /** All credentials that were used, in each spelling. */
    private static final Queue<String> USED = new ConcurrentLinkedQueue<>(List.of(ADA, BOB));

    /** What kinds of clients offer, and whether they are a browser; the token comes on top. */
    enum Client {
        TYPESCRIPT_SDK_IN_BROWSER(true, "mcp"),
        TYPESCRIPT_SDK_IN_NODE(false, "mcp"),
        PYTHON_SDK(false, "mcp"),
        KOTLIN_SDK(false, "mcp"),
        LANGCHAIN4J(false),
        TOWER_MCP(false, "mcp.version.2026-07-28"),
        PLAIN_WEBSOCKET_IN_BROWSER(true);

        final boolean browser;
        final List<String> offers;

        Client(boolean browser, String... offers) {
            this.browser = browser;
            this.offers = List.of(offers);
        }
    }

    private static final String OPEN =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"springline/open\"}";

    enum Way {
        HEADER,
        ENCODED_SUBPROTOCOL,
        PLAIN_SUBPROTOCOL,
        TICKET
    }

    enum State {
        RIGHT,
        WRONG,
        EXPIRED,
        ABSENT
    }

    @LocalServerPort int port;

    private final Queue<String> oldTickets = new ConcurrentLinkedQueue<>();
    private long oldTicketsExpireMillis;

    @DynamicPropertySource
    static void issuer(DynamicPropertyRegistry registry) {
        ISSUER.isTrustedBy(registry);
    }

    @BeforeAll
    void takeTicketsThatExpireMeanwhile() throws Exception {
        for (Client client : Client.values()) {
            oldTickets.add(ticket(ADA, client.browser ? ORIGIN : null));
        }
        oldTicketsExpireMillis = System.currentTimeMillis() + 1000 * TICKET_SECONDS;
    }

    private String expiredTicket() {
        await().until(() -> System.currentTimeMillis() >= oldTicketsExpireMillis);
        return oldTickets.remove();
    }

    @AfterAll
    static void close() {
        ISSUER.close();
    }

    /** Of this test's output, since each has its own. */
    @AfterEach
    void noCredentialIsInTheLog(CapturedOutput output) {
        String log = output.getAll();
        assertThat(log).contains("Securing "); // it is there, down to debug
        assertThat(USED).filteredOn(log::contains).isEmpty();
    }

    /** Those with a ticket last, when the old ones have expired. */
    static Stream<Arguments> combinations() {
        return Arrays.stream(Way.values())
                .flatMap(way ->
                        Arrays.stream(Client.values())
                                .flatMap(client ->
                                        Arrays.stream(State.values())
                                                .map(state -> Arguments.of(client, way, state))));
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void eachClientByEachWay(Client client, Way way, State state) throws Exception {
        String origin = client.browser ? ORIGIN : null;
        String credential =
                switch (state) {
                    case RIGHT -> way == Way.TICKET ? ticket(ADA, origin) : ADA;
                    case WRONG -> "tok-eve-" + System.nanoTime();
                    case EXPIRED ->
                            way == Way.TICKET
                                    ? expiredTicket()
                                    : ISSUER.token("ada", Instant.now().minusSeconds(30));
                    case ABSENT -> null;
                };
        try (var socket = connect(client.offers, origin, way, credential)) {
            assertThat(socket.status()).isEqualTo(state == State.RIGHT ? 101 : 401);
            if (state == State.RIGHT && client.offers.contains("mcp")) {
                assertThat(socket.response())
                        .containsIgnoringCase("Sec-WebSocket-Protocol: mcp\r\n");
            } else {
                assertThat(socket.response()).doesNotContainIgnoringCase("Sec-WebSocket-Protocol");
            }
            if (state != State.RIGHT) {
                assertThat(socket.response())
                        .contains("resource_metadata=\"http://127.0.0.1:" + port)
                        .contains("/.well-known/oauth-protected-resource/mcp\"");
            }
            for (String each : USED) {
                assertThat(socket.response()).doesNotContain(each);
            }
        }
    }

    private RawSocket connect(List<String> offers, String origin, Way way, String credential)
            throws Exception {
        var headers = new ArrayList<String>();
        var offered = new ArrayList<>(offers);
        String path = "/mcp";
        if (credential != null) {
            USED.add(credential);
            switch (way) {
                case HEADER -> headers.add("Authorization: Bearer " + credential);
                case ENCODED_SUBPROTOCOL -> offered.add("mcp.bearer." + base64(credential));
                case PLAIN_SUBPROTOCOL -> offered.addFirst("mcp.auth." + credential);
                case TICKET -> path += "?ticket=" + credential;
            }
        }
        if (!offered.isEmpty()) {
            headers.add("Sec-WebSocket-Protocol: " + String.join(", ", offered));
        }
        if (origin != null) {
            headers.add("Origin: " + origin);
        }
        return new RawSocket(port, path, headers.toArray(String[]::new));
    }

    private static String base64(String token) {
        String encoded =
                Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(token.getBytes(StandardCharsets.UTF_8));
        USED.add(encoded);
        return encoded;
    }

    private String ticket(String token, String origin) throws Exception {
        String[] headers =
                origin == null
                        ? new String[] {"Authorization", "Bearer " + token}
                        : new String[] {"Authorization", "Bearer " + token, "Origin", origin};
        var response = Http.send(port, "POST", "/mcp/ticket", headers);
        assertThat(response.statusCode()).isEqualTo(200);
        var body = McpPeer.JSON.readTree(response.body());
        // in the order that docs/binding.md prints
        assertThat(body.propertyNames()).containsExactly("ticket", "expiresInMs");
        assertThat(body.path("expiresInMs").asInt()).isEqualTo(4000);
        USED.add(body.path("ticket").stringValue());
        return body.path("ticket").stringValue();
    }

    /** What the right-hand side must be when two credentials meet; the first is Ada's. */
    @ParameterizedTest
    @CsvSource({
        "HEADER, ENCODED_SUBPROTOCOL, ada, 101",
        "HEADER, ENCODED_SUBPROTOCOL, bob, 401",
        "HEADER, ENCODED_SUBPROTOCOL, wrong, 401",
        "HEADER, TICKET, ada, 101",
        "HEADER, TICKET, bob, 401",
        "HEADER, TICKET, wrong, 401",
        "PLAIN_SUBPROTOCOL, TICKET, ada, 101",
        "PLAIN_SUBPROTOCOL, TICKET, bob, 401",
        "PLAIN_SUBPROTOCOL, HEADER, bob, 401",
        "PLAIN_SUBPROTOCOL, HEADER, wrong, 401",
    })
    void twoCredentialsMustBeValidAndOfOnePrincipal(Way first, Way second, String whose, int status)
            throws Exception {
        var headers = new ArrayList<String>();
        var offered = new ArrayList<String>(List.of("mcp"));
        String path = "/mcp";
        for (Way way : List.of(first, second)) {
            String token =
                    way == first || whose.equals("ada") ? ADA : whose.equals("bob") ? BOB : "no";
            switch (way) {
                case HEADER -> headers.add("Authorization: Bearer " + token);
                case ENCODED_SUBPROTOCOL -> offered.add("mcp.bearer." + base64(token));
                case PLAIN_SUBPROTOCOL -> offered.add("mcp.auth." + token);
                case TICKET ->
                        path += "?ticket=" + (token.equals("no") ? "no" : ticket(token, null));
            }
        }
        headers.add("Sec-WebSocket-Protocol: " + String.join(", ", offered));
        try (var socket = new RawSocket(port, path, headers.toArray(String[]::new))) {
            assertThat(socket.status()).isEqualTo(status);
        }
    }

    @Test
    void theFirstInPrecedenceCounts() throws Exception {
        String admin = ISSUER.token("ada", Instant.now().plusSeconds(600), "operator");
        try (var socket =
                new RawSocket(
                        port,
                        "/mcp",
                        "Authorization: Bearer " + admin,
                        "Sec-WebSocket-Protocol: mcp, mcp.auth." + ADA)) {
            assertThat(socket.status()).isEqualTo(101);
        }
    }

    @Test
    void aTicketIsGoodOnce() throws Exception {
        String ticket = ticket(ADA, null);
        assertThat(ticket).hasSizeGreaterThanOrEqualTo(22); // 128 bits in base64
        try (var first = new RawSocket(port, "/mcp?ticket=" + ticket);
                var second = new RawSocket(port, "/mcp?ticket=" + ticket)) {
            assertThat(first.status()).isEqualTo(101);
            assertThat(second.status()).isEqualTo(401);
        }
    }

    @Test
    void aTicketIsGoodForItsOriginAlone() throws Exception {
        try (var fromElsewhere =
                new RawSocket(port, "/mcp?ticket=" + ticket(ADA, null), "Origin: " + ORIGIN)) {
            assertThat(fromElsewhere.status()).isEqualTo(401);
        }
        try (var fromNowhere = new RawSocket(port, "/mcp?ticket=" + ticket(ADA, ORIGIN))) {
            assertThat(fromNowhere.status()).isEqualTo(401);
        }
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "-, -, 401",
                "Bearer wrong, -, 401",
                "Basic tok-ada-4711, -, 401",
                "Bearer tok-ada-4711, https://evil.example.com, 403",
                "Bearer tok-ada-4711, null, 403",
            })
    void aTicketIsAskedForUnderTheSameConditions(String authorization, String origin, int status)
            throws Exception {
        var headers = new ArrayList<String>();
        if (authorization != null) {
            headers.addAll(List.of("Authorization", authorization));
        }
        if (origin != null) {
            headers.addAll(List.of("Origin", origin));
        }
        var response = Http.send(port, "POST", "/mcp/ticket", headers.toArray(String[]::new));
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.body()).doesNotContain("ticket\"");
    }

    @Test
    void aPageOfAnAllowedOriginMayAskForATicket() throws Exception {
        var preflight =
                Http.send(
                        port,
                        "OPTIONS",
                        "/mcp/ticket",
                        "Origin",
                        ORIGIN,
                        "Access-Control-Request-Method",
                        "POST",
                        "Access-Control-Request-Headers",
                        "authorization");
        assertThat(preflight.headers().firstValue("Access-Control-Allow-Origin")).hasValue(ORIGIN);
        var foreign =
                Http.send(
                        port,
                        "OPTIONS",
                        "/mcp/ticket",
                        "Origin",
                        "https://evil.example.com",
                        "Access-Control-Request-Method",
                        "POST");
        assertThat(foreign.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
    }

    @Test
    void saysWhereToGetATokenAndForWhat() throws Exception {
        var response = Http.send(port, "GET", "/.well-known/oauth-protected-resource/mcp");
        assertThat(response.statusCode()).isEqualTo(200);
        var metadata = McpPeer.JSON.readTree(response.body());
        assertThat(metadata.path("resource").asString())
                .isEqualTo("http://127.0.0.1:" + port + "/mcp");
        assertThat(metadata.at("/bearer_methods_supported/0").asString()).isEqualTo("header");
    }

    @Test
    void aJwtForAnotherServiceIsRefused() throws Exception {
        Instant later = Instant.now().plusSeconds(600);
        assertThat(status(ISSUER.token("ada", later))).isEqualTo(101);
        assertThat(status(ISSUER.token("ada", "https://other.example.com", later))).isEqualTo(401);
    }

    @Test
    void aJwtMayNotBeNobodys() throws Exception {
        Instant later = Instant.now().plusSeconds(600);
        assertThat(status(ISSUER.token("anonymous", later))).isEqualTo(401);
        assertThat(status(ISSUER.token("unidentified", later))).isEqualTo(401);
    }

    @Test
    void theIssuerMayChangeItsKeys() throws Exception {
        Instant later = Instant.now().plusSeconds(600);
        String old = ISSUER.token("ada", later);
        assertThat(status(old)).isEqualTo(101);
        ISSUER.rotate();
        assertThat(status(ISSUER.token("ada", later))).isEqualTo(101);
        assertThat(status(old)).isEqualTo(401);
    }

    /** API token and JWT have a name space each, or whoever gets either could be the other. */
    @Test
    void aTokenAndAJwtOfOneNameAreTwoPrincipals() throws Exception {
        String jwt = ISSUER.token("ada", Instant.now().plusSeconds(600));
        USED.add(jwt);
        JsonNode grant;
        try (var peer = open(ADA)) {
            grant = peer.ask(OPEN).get("result");
            JsonNode renewal =
                    peer.ask(
                            """
                            {"jsonrpc":"2.0","id":2,"method":"authenticate","params":{"token":"%s"}}\
                            """
                                    .formatted(jwt));
            assertThat(renewal.at("/error/code").asInt()).isEqualTo(-32001);
            peer.cut();
        }
        String resume =
                """
                {"jsonrpc":"2.0","id":3,"method":"springline/resume","params":{"token":"%s","epoch":"%s","received":0}}\
                """
                        .formatted(grant.get("token").asString(), grant.get("epoch").asString());
        try (var other = open(jwt)) {
            assertThat(other.ask(resume).at("/error/data/reason").asString())
                    .isEqualTo("not-yours");
        }
    }

    private SocketPeer open(String token) {
        return SocketPeer.connect(
                "ws://127.0.0.1:" + port + "/mcp",
                Map.of("Authorization", "Bearer " + token),
                "mcp");
    }

    private int status(String token) throws Exception {
        USED.add(token);
        try (var socket = new RawSocket(port, "/mcp", "Authorization: Bearer " + token)) {
            return socket.status();
        }
    }
}
