package io.springline.transport.http;

import static io.springline.testing.HttpPeer.MODERN;
import static io.springline.testing.HttpPeer.call;
import static io.springline.testing.HttpPeer.json;
import static io.springline.testing.HttpPeer.modernCall;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.springline.SpringlineApplication;
import io.springline.testing.Http;
import io.springline.testing.HttpPeer;
import io.springline.testing.SocketPeer;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.util.Objects;
import org.eclipse.jetty.server.Connector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.jetty.JettyWebServer;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.annotation.Import;

/** What a POST is answered with: statuses, types, sessions, revisions, batches. */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT, classes = SpringlineApplication.class)
@Import(HttpTools.class)
class StreamableHttpRequestIT {

    private static final String DISCOVER =
            """
            {"jsonrpc":"2.0","id":"probe","method":"server/discover","params":{%s}}\
            """
                    .formatted(MODERN);
    private static final String LIST =
            """
            {"jsonrpc":"2.0","id":1,"method":"tools/list"}\
            """;
    private static final String PING =
            """
            {"jsonrpc":"2.0","id":3,"method":"ping"}\
            """;

    @LocalServerPort int port;
    private HttpPeer peer;

    @BeforeEach
    void open() {
        peer = new HttpPeer(port, "/mcp");
    }

    @AfterEach
    void close() {
        peer.close();
    }

    private static void assertJson(HttpResponse<String> response, int status) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
    }

    private static int code(HttpResponse<String> response) {
        return json(response.body()).path("error").path("code").asInt();
    }

    @Test
    void keepsIdleConnectionsLongerThanALoadBalancer(
            @Autowired ServletWebServerApplicationContext context) {
        var server = (JettyWebServer) Objects.requireNonNull(context.getWebServer());

        assertThat(server.getServer().getConnectors())
                .extracting(Connector::getIdleTimeout)
                .containsOnly(75_000L);
    }

    @Test
    void answersAModernRequestWithJson() throws Exception {
        var answer =
                peer.modern("tools/call", "say").post(modernCall(7, "say", "{\"text\":\"hi\"}"));
        assertJson(answer, 200);
        assertThat(json(answer.body()).at("/result/content/0/text").asString()).isEqualTo("hi");
        assertThat(json(answer.body()).path("id").asInt()).isEqualTo(7);
        assertThat(answer.headers().firstValue("Mcp-Session-Id")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"2025-03-26", "2025-06-18", "2025-11-25"})
    void servesALegacySession(String version) throws Exception {
        peer.initialize(version, "{}");
        var tools = peer.post(LIST);
        assertJson(tools, 200);
        assertThat(tools.body()).contains("\"say\"");
        var answer = peer.post(call(2, "say", "{\"text\":\"hi\"}"));
        assertJson(answer, 200);
        assertThat(json(answer.body()).at("/result/content/0/text").asString()).isEqualTo("hi");
    }

    /** Acceptance test 2. */
    @Test
    void namesBothTransportsToAPlainGet() throws Exception {
        var answer = peer.with("Accept", "*/*").send("GET");
        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.headers().firstValue("Allow")).hasValue("GET, POST, DELETE, OPTIONS");
        assertThat(answer.headers().firstValue("Upgrade")).hasValue("websocket");
        assertThat(answer.body()).contains("WebSocket").contains("Streamable HTTP");
        assertThat(Http.send(port, "PUT", "/mcp").statusCode()).isEqualTo(405);
        try (var socket = SocketPeer.connect("ws://127.0.0.1:%d/mcp".formatted(port))) {
            assertThat(socket.ask(PING).has("result")).isTrue();
        }
    }

    /** TypeScript clients end after a 406 to their GET. */
    @Test
    void answersAGetThatAcceptsNoEventStreamWith405() throws Exception {
        peer.initialize("2025-11-25", "{}");
        var answer = peer.with("Accept", "application/json").send("GET");
        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.headers().firstValue("Allow")).hasValue("GET, POST, DELETE, OPTIONS");
    }

    /** Acceptance test 4. */
    @ParameterizedTest
    @CsvSource({
        "application/json, 200, application/json",
        "text/event-stream, 200, text/event-stream",
        ", 200, application/json",
        "*/*, 200, application/json",
        "'application/json;q=0, text/event-stream', 200, text/event-stream",
        "text/html, 406, application/json"
    })
    void answersWithWhatTheClientAccepts(String accept, int status, String type) throws Exception {
        peer.initialize("2025-11-25", "{}");
        var answer = peer.with("Accept", accept).post(call(1, "say", "{}"));
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow()).startsWith(type);
    }

    /** Acceptance test 5. */
    @Test
    void acceptsNotificationsAndUnknownAnswersWithoutABody() throws Exception {
        peer.initialize("2025-11-25", "{}");
        for (String body :
                new String[] {
                    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}",
                    "{\"jsonrpc\":\"2.0\",\"id\":\"s-99\",\"result\":{}}"
                }) {
            var answer = peer.post(body);
            assertThat(answer.statusCode()).isEqualTo(202);
            assertThat(answer.body()).isEmpty();
            assertThat(answer.headers().firstValue("Content-Type")).isEmpty();
        }
    }

    /** Acceptance test 6. */
    @ParameterizedTest
    @CsvSource({", 200", "2025-03-26, 200", "2025-06-18, 200", "1999-01-01, 400"})
    void readsTheVersionHeaderOfALegacySession(String header, int status) throws Exception {
        peer.initialize("2025-06-18", "{}");
        assertJson(peer.copy().with("MCP-Protocol-Version", header).post(LIST), status);
        assertJson(peer.post(LIST), 200);
    }

    /** Acceptance test 6: the header of a session does not exist before the session. */
    @ParameterizedTest
    @ValueSource(strings = {"2024-11-05", "2025-11-25", "2026-07-28", "1999-01-01"})
    void ignoresTheVersionHeaderOfInitialize(String header) throws Exception {
        peer.with("MCP-Protocol-Version", header).initialize("2025-06-18", "{}");
        assertJson(peer.with("MCP-Protocol-Version", null).post(LIST), 200);
    }

    /** Acceptance test 15. */
    @Test
    void servesBatchesOnlyInTheirRevision() throws Exception {
        String batch = "[" + call(1, "say", "{}") + "," + PING + ",{\"jsonrpc\":\"2.0\",\"id\":4}]";
        peer.initialize("2025-03-26", "{}");
        var answer = peer.post(batch);
        assertJson(answer, 200);
        assertThat(json(answer.body()).isArray()).isTrue();
        assertThat(json(answer.body()).findValuesAsString("id"))
                .containsExactlyInAnyOrder("1", "3", "4");
        assertJson(peer.post("[]"), 400);
        assertThat(peer.post("[{\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\"}]").statusCode())
                .isEqualTo(202);
        for (String version : new String[] {"2025-06-18", "2025-11-25"}) {
            try (var newer = new HttpPeer(port, "/mcp").initialize(version, "{}")) {
                var refused = newer.post(batch);
                assertJson(refused, 400);
                assertThat(code(refused)).isEqualTo(-32600);
            }
        }
        assertJson(peer.modern("tools/call", "say").post(batch), 400);
    }

    /** Acceptance test 16. */
    @Test
    void ignoresTheSessionHeaderOfADiscovery() throws Exception {
        var answer =
                peer.modern("server/discover", null).with("Mcp-Session-Id", "bad").post(DISCOVER);
        assertJson(answer, 200);
        assertThat(json(answer.body()).at("/result/supportedVersions/0").asString())
                .isEqualTo("2026-07-28");
        assertThat(json(answer.body()).path("id").asString()).isEqualTo("probe");
    }

    @Test
    void refusesADiscoveryWithoutAVersionInMeta() throws Exception {
        var answer = peer.post("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server/discover\"}");
        assertJson(answer, 400);
        assertThat(code(answer)).isEqualTo(-32602);
    }

    /** Acceptance test 17. */
    @ParameterizedTest
    @CsvSource({
        "2026-07-28, 2026-07-28, 200, 0",
        "2025-11-25, 2026-07-28, 400, -32020",
        ", 2026-07-28, 400, -32020",
        "2026-07-28, v999, 400, -32020",
        "v999, v999, 400, -32022",
        "2025-11-25, 2025-11-25, 400, -32022"
    })
    void holdsTheVersionHeaderAgainstTheBody(String header, String body, int status, int code)
            throws Exception {
        var answer =
                peer.modern("tools/list", null)
                        .with("MCP-Protocol-Version", header)
                        .post(
                                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{%s}}"
                                        .formatted(MODERN.replace("2026-07-28", body)));
        assertJson(answer, status);
        assertThat(code(answer)).isEqualTo(code);
    }

    @Test
    void refusesAModernHeaderWithoutAVersionInMeta() throws Exception {
        var answer = peer.modern("tools/list", null).post(LIST);
        assertJson(answer, 400);
        assertThat(code(answer)).isEqualTo(-32602);
    }

    @ParameterizedTest
    @CsvSource({
        "tools/call, say, 200",
        "tools/call, '  say ', 200",
        "tools/call, =?base64?c2F5?=, 200",
        "tools/call, =?base64?c2F?=, 400",
        "tools/call, =?base64?c2!!?=, 400",
        "tools/call, other, 400",
        "tools/call, , 400",
        "TOOLS/CALL, say, 400",
        ", say, 400"
    })
    void holdsMethodAndNameAgainstTheBody(String method, String name, int status) throws Exception {
        var answer =
                peer.modern("tools/call", "say")
                        .with("Mcp-Method", method)
                        .with("Mcp-Name", name)
                        .post(modernCall(1, "say", "{}"));
        assertJson(answer, status);
        if (status == 400) {
            assertThat(code(answer)).isEqualTo(-32020);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {}                                  |                    |    | 200
                    {"region":null}                     |                    |    | 200
                    {"region":"eu"}                     | eu                 |    | 200
                    {"region":"Hello"}                  | =?base64?SGVsbG8=?= |    | 200
                    {"region":"=?base64?SGVsbG8="}      | =?base64?SGVsbG8=   |    | 200
                    {"at":{"zone":7}}                   |                    | 7  | 200
                    {"at":{"zone":7}}                   |                    | 07.0 | 200
                    {"at":{"zone":7}}                   |                    | 8  | 400
                    {"at":{"zone":7}}                   |                    |    | 400
                    {"region":"eu"}                     | EU                 |    | 400
                    {"region":"eu"}                     |                    |    | 400
                    {}                                  | eu                 |    | 400
                    {"region":"Hello"}                  | =?base64?SGVsbG8?= |    | 400
                    """)
    void holdsHeadersOfArgumentsAgainstTheBody(
            String arguments, String region, String zone, int status) throws Exception {
        var answer =
                peer.modern("tools/call", "routed")
                        .with("Mcp-Param-Region", region)
                        .with("mcp-param-zone", zone)
                        .post(modernCall(1, "routed", arguments));
        assertJson(answer, status);
        if (status == 400) {
            assertThat(code(answer)).isEqualTo(-32020);
        }
    }

    /** The TypeScript SDK v2 sends no Mcp-Method with a notification. */
    @ParameterizedTest
    @CsvSource({"notifications/cancelled, 202", ", 202", "tools/call, 400"})
    void acceptsModernNotifications(String method, int status) throws Exception {
        var answer =
                peer.modern(method, null)
                        .post(
                                """
                                {"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,%s}}\
                                """
                                        .formatted(MODERN));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    }

    @Test
    void refusesUnknownModernMethods() throws Exception {
        var answer =
                peer.modern("foo/bar", null)
                        .post(
                                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"foo/bar\",\"params\":{%s}}"
                                        .formatted(MODERN));
        assertJson(answer, 404);
        assertThat(code(answer)).isEqualTo(-32601);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {                                            | 400 | -32700
                    ''                                           | 400 | -32700
                    7                                            | 400 | -32600
                    {"jsonrpc":"1.0","id":1,"method":"ping"}     | 400 | -32600
                    {"jsonrpc":"2.0","id":1,"method":"tools/list"}| 400 | -32600
                    {"jsonrpc":"2.0","id":1,"result":{}}         | 400 | -32600
                    """)
    void answersWhatIsMalformedWithAnError(String body, int status, int code) throws Exception {
        var answer = peer.post(body);
        assertJson(answer, status);
        assertThat(code(answer)).isEqualTo(code);
        assertThat(answer.body()).doesNotContain("\"id\":null");
    }

    @Test
    void refusesOtherTypesAndTooLargeBodies() throws Exception {
        assertJson(peer.copy().with("Content-Type", "text/plain").post(PING), 415);
        assertJson(
                peer.copy().with("Content-Type", "application/json; charset=utf-8").post(PING),
                400);
        assertJson(peer.post("\"" + "x".repeat(11_000_000) + "\""), 413);
    }

    /** RFC 9112, section 9.6: a connection that is closed at once is reset. */
    @ParameterizedTest
    @CsvSource({"application/json,413", "text/plain,415"})
    void readsTheRestOfALargeBodyThatItRefuses(String type, int status) throws Exception {
        byte[] body = "x".repeat(11_000_000).getBytes(UTF_8);
        try (var socket = new Socket("127.0.0.1", port)) {
            var out = socket.getOutputStream();
            out.write(
                    "POST /mcp HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
                            .formatted(type, body.length)
                            .getBytes(UTF_8));
            out.write(body);
            String answer = new String(socket.getInputStream().readNBytes(12), UTF_8);
            assertThat(answer).isEqualTo("HTTP/1.1 " + status);
        }
    }

    @Test
    void refusesForeignHostsAndPagesWithoutAChallenge() throws Exception {
        var answer = peer.with("Origin", "https://evil.example").post(DISCOVER);
        assertJson(answer, 403);
        assertThat(answer.headers().firstValue("WWW-Authenticate")).isEmpty();
        assertThat(answer.body()).doesNotContain("\"id\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "GET", "DELETE"})
    void answersAnUnknownSessionWith404(String method) throws Exception {
        var stranger = peer.with("Mcp-Session-Id", "nosuch");
        assertJson(method.equals("POST") ? stranger.post(LIST) : stranger.send(method), 404);
    }

    @Test
    void endsASessionByDelete() throws Exception {
        peer.initialize("2025-11-25", "{}");
        assertThat(peer.send("DELETE").statusCode()).isEqualTo(204);
        assertJson(peer.post(LIST), 404);
        assertJson(peer.copy().with("Mcp-Session-Id", null).send("DELETE"), 400);
    }

    @Test
    void refusesTheMethodsOfWebSockets() throws Exception {
        peer.initialize("2025-11-25", "{}");
        var answer = peer.post("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"springline/open\"}");
        assertThat(code(answer)).isEqualTo(-32601);
    }
}
