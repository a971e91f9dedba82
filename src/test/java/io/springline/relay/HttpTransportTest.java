package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.springline.jsonrpc.JsonRpcCodec;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.relay.TestHttpUpstream.Asked;
import io.springline.relay.TestHttpUpstream.Script;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class HttpTransportTest {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final int MAX_BYTES = 10_000;
    private static final String PROGRESS =
            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{}}";

    private final HttpClient client = HttpTransport.client(Duration.ofSeconds(2));
    private final HttpRecordingReceiver receiver = new HttpRecordingReceiver();
    private final CountDownLatch end = new CountDownLatch(1);
    private TestHttpUpstream upstream;
    private HttpTransport transport;

    @AfterEach
    void stop() {
        end.countDown();
        transport.close();
        if (upstream != null) {
            upstream.close();
        }
        client.shutdownNow();
    }

    @Test
    void deliversAJsonResponse() throws IOException {
        open(asked -> asked.result("{\"tools\":[]}"));
        request(1, "tools/list", "{}");
        awaitLines("1: 1 {\"tools\":[]}");
        assertThat(upstream.posted("tools/list").header("Authorization")).isEqualTo("Bearer x");
        assertThat(upstream.posted("tools/list").header("Accept"))
                .isEqualTo("application/json, text/event-stream");
    }

    @Test
    void deliversWhatComesBeforeTheResultOnItsStream() throws IOException {
        open(asked -> asked.events().data(PROGRESS).data(PROGRESS).data(asked.response("{}")));
        request(1, "tools/call", "{}");
        awaitLines("1: notifications/progress", "1: notifications/progress", "1: 1 {}");
    }

    @Test
    void answersARequestOfTheUpstreamDuringACall() throws IOException {
        var answered = new CountDownLatch(1);
        open(asked -> {
            if (asked.method().isEmpty()) {
                asked.status(202);
                answered.countDown();
                return;
            }
            var events = asked.events();
            events.data("{\"jsonrpc\":\"2.0\",\"id\":\"s1\",\"method\":\"roots/list\"}");
            assertThat(answered.await(5, TimeUnit.SECONDS)).isTrue();
            events.data(asked.response("{}"));
        });
        receiver.react(message -> {
            if (message instanceof Request(var id, _, _)) {
                transport.send(new ResultResponse(id, object("{\"roots\":[]}")));
            }
        });
        request(1, "tools/call", "{}");
        awaitLines("1: roots/list id=\"s1\"", "1: 1 {}");
        assertThat(upstream.posted("").body())
                .isEqualTo(object("{\"jsonrpc\":\"2.0\",\"id\":\"s1\",\"result\":{\"roots\":[]}}"));
    }

    @Test
    void repeatsSessionAndVersionOnceTheyAreKnown() throws IOException {
        openSession("2025-06-18", asked -> asked.result("{}"));
        assertThat(upstream.posted("initialize").header("Mcp-Session-Id")).isNull();
        assertThat(upstream.posted("initialize").header("MCP-Protocol-Version")).isNull();
        request(2, "tools/list", "{}");
        await().until(() -> receiver.lines().contains("2: 2 {}"));
        for (String method : new String[] {"notifications/initialized", "tools/list"}) {
            assertThat(upstream.posted(method).header("Mcp-Session-Id")).isEqualTo("abc");
            assertThat(upstream.posted(method).header("MCP-Protocol-Version"))
                    .isEqualTo("2025-06-18");
        }
        await().until(() -> upstream.asked("GET").size() == 1);
    }

    @Test
    void doesNotNameAVersionBeforeVersionsWereNamed() throws IOException {
        openSession("2025-03-26", asked -> asked.result("{}"));
        assertThat(upstream.posted("notifications/initialized").header("Mcp-Session-Id"))
                .isEqualTo("abc");
        assertThat(upstream.posted("notifications/initialized").header("MCP-Protocol-Version"))
                .isNull();
    }

    @Test
    void letsNothingOvertakeInitialized() throws IOException {
        var initialized = new CountDownLatch(1);
        open(asked -> {
            if (asked.method().equals("notifications/initialized")) {
                initialized.await();
                asked.status(202);
            } else {
                asked.result("{}");
            }
        });
        transport.send(new Notification("notifications/initialized", null));
        request(1, "tools/list", "{}");
        await().until(() -> upstream.asked().size() == 1);
        initialized.countDown();
        awaitLines("1: 1 {}");
    }

    @Test
    void deliversUnsolicitedMessagesAndOpensTheirStreamAgain() throws IOException {
        openSession(
                "2025-11-25",
                asked -> {
                    if (asked.verb().equals("GET")) {
                        var events = asked.events().raw("retry: 10\n\n").event("g1", PROGRESS);
                        if ("g1".equals(asked.header("Last-Event-ID"))) {
                            end.await();
                        }
                        events.raw(": end\n\n");
                    }
                });
        await().untilAsserted(() ->
                assertThat(receiver.lines())
                        .filteredOn("-: notifications/progress"::equals)
                        .hasSize(2));
        assertThat(upstream.asked("GET").get(1).header("Mcp-Session-Id")).isEqualTo("abc");
    }

    @Test
    void aLostSessionClosesOnce() throws IOException {
        openSession(
                "2025-11-25",
                asked -> {
                    if (asked.method().equals("hang")) {
                        end.await();
                    }
                    asked.json(
                            404,
                            "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32001,\"message\":\"Session not found\"}}");
                });
        await().until(() -> upstream.asked("GET").size() == 1);
        request(2, "hang", "{}");
        int sent = 0;
        try {
            for (; sent < 20; sent++) {
                request(3 + sent, "tools/list", "{}");
            }
        } catch (UpstreamException e) {
            assertThat(e).hasMessage("Upstream 'test' is gone");
        }
        assertThat(sent).isPositive();
        await().until(() -> receiver.lines().size() == 2);
        transport.close();
        assertThatThrownBy(() -> request(99, "ping", "{}")).isInstanceOf(UpstreamException.class);
        assertThat(receiver.lines()).hasSize(2).last().isEqualTo("closed: session expired");
    }

    @Test
    void aSessionLostBetweenTwoStreamsClosesToo() throws IOException {
        openSession(
                "2025-11-25",
                asked -> {
                    if (upstream.asked("GET").size() == 1) {
                        asked.events().raw("retry: 1\nid: 1\n\n");
                    } else {
                        asked.status(404);
                    }
                });
        await().until(() -> receiver.lines().contains("closed: session expired"));
    }

    @Test
    void goesOnWithoutAStreamThatTheUpstreamDoesNotHave() throws IOException {
        for (int status : new int[] {405, 404}) {
            openSession(
                    "2025-11-25",
                    asked -> {
                        if (asked.verb().equals("GET")) {
                            asked.status(status);
                        } else {
                            asked.result("{}");
                        }
                    });
            await().until(() -> upstream.asked("GET").size() == 1);
            request(2, "ping", "{}");
            await().until(() -> receiver.lines().size() == 2);
            assertThat(receiver.lines()).last().isEqualTo("2: 2 {}");
            transport.close();
            assertThat(upstream.asked("GET")).hasSize(1);
            upstream.close();
            receiver.clear();
        }
    }

    @Test
    void resumesACutStreamFromItsLastEvent() throws IOException {
        open(asked -> {
            if (asked.verb().equals("POST")) {
                asked.events().raw("retry: 20\n\n").event("e1", PROGRESS);
                throw new IllegalStateException("cut");
            }
            if (upstream.asked("GET").size() == 1) {
                asked.status(503);
                return;
            }
            asked.events().event("e2", "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
        });
        request(1, "tools/call", "{}");
        awaitLines("1: notifications/progress", "1: 1 {}");
        assertThat(upstream.asked("GET"))
                .extracting(asked -> asked.header("Last-Event-ID"))
                .containsExactly("e1", "e1");
    }

    @Test
    void failsARequestWhoseStreamCannotBeResumed() throws IOException {
        open(asked -> {
            var events = asked.events();
            if (asked.method().equals("with-id")) {
                events.raw("id: 1\nretry: 1\n\n");
            } else if (asked.verb().equals("GET")) {
                throw new IllegalStateException("cut");
            }
            if (!asked.method().equals("ends")) {
                throw new IllegalStateException("cut");
            }
        });
        String lost = "failed: upstream ended the stream without a response";
        request(1, "ends", "{}");
        awaitLines("1: " + lost);
        request(2, "is-cut", "{}");
        awaitLines("1: " + lost, "2: " + lost);
        request(3, "with-id", "{}");
        awaitLines("1: " + lost, "2: " + lost, "3: " + lost);
        assertThat(upstream.asked("GET")).hasSize(HttpCall.RESUMPTIONS);
    }

    @Test
    void namesWhatTheUpstreamAnswered() throws IOException {
        open(asked -> {
            switch (asked.method()) {
                case "503" -> asked.text(503, "text/html", "<h1>busy</h1>");
                case "401" -> asked.json(401, "{\"error\":\"invalid_token\"}");
                case "403" -> asked.status(403);
                case "404" -> asked.status(404);
                case "202" -> asked.status(202);
                default -> asked.text(200, "text/html", "<h1>welcome</h1>");
            }
        });
        assertFails("503", "upstream answered HTTP 503");
        assertFails("401", "upstream does not accept our credentials (HTTP 401)");
        assertFails("403", "upstream denies us access (HTTP 403)");
        assertFails("404", "upstream answered HTTP 404");
        assertFails("202", "upstream answered without a JSON-RPC response");
        assertFails("html", "upstream answered without a JSON-RPC response");
    }

    @Test
    void deliversAJsonRpcErrorWhateverTheStatus() throws IOException {
        open(asked -> {
            String id = asked.method().equals("named") ? "\"id\":2," : "\"id\":null,";
            asked.json(
                    400,
                    "{\"jsonrpc\":\"2.0\","
                            + id
                            + "\"error\":{\"code\":-32022,\"message\":\"No\"}}");
        });
        request(1, "server/discover", "{}");
        awaitLines("1: 1 error -32022 No");
        request(2, "named", "{}");
        awaitLines("1: 1 error -32022 No", "2: 2 error -32022 No");
    }

    @Test
    void failsWhereNobodyListens() throws IOException {
        open(asked -> {});
        URI url = upstream.url();
        upstream.close();
        transport = transport(url, Duration.ofSeconds(5));
        transport.start(receiver);
        request(1, "tools/list", "{}");
        awaitLines("1: failed: upstream cannot be reached");
    }

    @Test
    void failsWhenTheAnswerTakesTooLong() throws IOException {
        open(asked -> {
            if (asked.method().equals("half")) {
                asked.set("Content-Type", "application/json");
                asked.half("{\"jsonrpc\":");
            }
            end.await();
        });
        transport = transport(upstream.url(), Duration.ofMillis(300));
        transport.start(receiver);
        assertFails("silent", "upstream did not answer within 0.3 s");
        assertFails("half", "upstream did not answer within 0.3 s");
    }

    @Test
    void failsOnAMessageThatIsTooLarge() throws IOException {
        String large = "\"" + "x".repeat(MAX_BYTES) + "\"";
        open(asked -> {
            if (asked.method().equals("json")) {
                asked.result(large);
            } else {
                asked.events().event("1", asked.response(large));
            }
        });
        assertFails("json", "upstream sent a message of more than 10000 bytes");
        assertFails("stream", "upstream sent a message of more than 10000 bytes");
    }

    @Test
    void repeatsTheBodyOfAModernMessageInHeaders() throws IOException {
        open(asked -> asked.result("{}"));
        transport.mirrored("wetter für zürich", Map.of("/region", "Region", "/at/day", "Day"));
        modern(
                1,
                "tools/call",
                "\"name\":\"wetter für zürich\",\"arguments\":{\"region\":\" x\",\"at\":{\"day\":3}}");
        modern(2, "resources/read", "\"uri\":\"file:///a b\"");
        modern(3, "tasks/get", "\"taskId\":\"=?base64?eA==?=\"");
        modern(4, "tools/list", "\"name\":\"ignored\"");
        await().until(() -> receiver.lines().size() == 4);

        Asked call = upstream.posted("tools/call");
        assertThat(call.header("MCP-Protocol-Version")).isEqualTo("2026-07-28");
        assertThat(call.header("Mcp-Method")).isEqualTo("tools/call");
        assertThat(call.header("Mcp-Name")).isEqualTo("=?base64?d2V0dGVyIGbDvHIgesO8cmljaA==?=");
        assertThat(call.header("Mcp-Param-Region")).isEqualTo("=?base64?IHg=?=");
        assertThat(call.header("Mcp-Param-Day")).isEqualTo("3");
        assertThat(upstream.posted("resources/read").header("Mcp-Name")).isEqualTo("file:///a b");
        assertThat(upstream.posted("tasks/get").header("Mcp-Name"))
                .isEqualTo("=?base64?PT9iYXNlNjQ/ZUE9PT89?=");
        assertThat(upstream.posted("tools/list").header("Mcp-Name")).isNull();
    }

    @Test
    void closesTheStreamToCancelAModernRequest() throws IOException {
        var gone = new CountDownLatch(1);
        open(asked -> untilGone(asked, gone));
        modern(1, "tools/call", "\"name\":\"slow\"");
        await().until(() -> receiver.lines().size() == 1);
        transport.cancel(number(1), cancelled());
        await().until(() -> gone.getCount() == 0);
        assertThat(upstream.asked()).hasSize(1);
        awaitLines("1: notifications/progress");
    }

    @Test
    void tellsALegacyUpstreamThatARequestIsCancelled() throws IOException {
        var gone = new CountDownLatch(1);
        open(asked -> {
            if (asked.method().equals("notifications/cancelled")) {
                asked.status(202);
            } else {
                untilGone(asked, gone);
            }
        });
        request(1, "tools/call", "{}");
        await().until(() -> receiver.lines().size() == 1);
        transport.cancel(number(1), cancelled());
        transport.cancel(number(1), cancelled());
        await().until(() -> gone.getCount() == 0 && upstream.asked().size() == 2);
        assertThat(
                        upstream.posted("notifications/cancelled")
                                .body()
                                .at("/params/requestId")
                                .intValue())
                .isEqualTo(1);
        awaitLines("1: notifications/progress");
    }

    @Test
    void endsTheSessionWhenItCloses() throws IOException {
        var gone = new CountDownLatch(1);
        openSession(
                "2025-11-25",
                asked -> {
                    if (asked.verb().equals("DELETE")) {
                        asked.status(204);
                    } else {
                        untilGone(asked, gone);
                    }
                });
        request(2, "tools/call", "{}");
        await().until(() -> receiver.lines().contains("2: notifications/progress"));
        transport.close();
        assertThat(upstream.asked("DELETE"))
                .singleElement()
                .extracting(asked -> asked.header("Mcp-Session-Id"))
                .isEqualTo("abc");
        await().until(() -> gone.getCount() == 0);
        assertThat(receiver.lines().getLast()).isEqualTo("closed: closed");
    }

    @Test
    void tellsTheEndAfterTheCallbackThatBroughtItAbout() throws IOException {
        open(asked -> asked.result("{}"));
        receiver.react(_ -> {
            transport.close();
            assertThat(receiver.lines()).hasSize(1);
        });
        request(1, "ping", "{}");
        awaitLines("1: 1 {}", "closed: closed");
    }

    @Test
    void keepsManyRequestsApart() throws IOException {
        var all = new CountDownLatch(200);
        open(asked -> {
            all.countDown();
            assertThat(all.await(20, TimeUnit.SECONDS)).isTrue();
            asked.events()
                    .data(PROGRESS.replace("progress", "p" + asked.body().get("id")))
                    .data(asked.response(asked.body().get("id").toString()));
        });
        for (int id = 1; id <= 200; id++) {
            request(id, "tools/call", "{}");
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> receiver.lines().size() == 400);
        for (int id = 1; id <= 200; id++) {
            assertThat(receiver.lines())
                    .containsSubsequence(
                            "%d: notifications/p%d".formatted(id, id),
                            "%d: %d %d".formatted(id, id, id));
        }
    }

    @Test
    void boundsWhatIsInFlight() throws IOException {
        open(asked -> end.await());
        // an upstream that has not taken "initialized" gets nothing else
        transport.send(new Notification("notifications/initialized", null));
        for (int id = 1; id <= HttpInFlight.LIMIT; id++) {
            request(id, "ping", "{}");
        }
        assertThatThrownBy(() -> request(0, "ping", "{}"))
                .isInstanceOf(UpstreamException.class)
                .hasMessage("Upstream 'test' has 1000 messages in flight already");
        transport.cancel(number(1), cancelled());
        request(0, "ping", "{}");
        assertThat(upstream.asked("POST")).hasSizeLessThanOrEqualTo(1);
    }

    @Test
    void anEndpointShowsNoHeaderValue() throws IOException {
        open(asked -> {});
        assertThat(endpoint(upstream.url())).asString().doesNotContain("Bearer");
        for (var wrong :
                Map.of("Bad Name", "secret", "Mcp-Session-Id", "secret", "X", "secret\n")
                        .entrySet()) {
            assertThatThrownBy(() ->
                            new HttpEndpoint(
                                    upstream.url(), Map.of(wrong.getKey(), wrong.getValue())))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasNoCause()
                    .hasMessageContaining(wrong.getKey())
                    .message()
                    .doesNotContain("secret");
        }
        for (String url : new String[] {"ftp://a/b", "/mcp", "http:mcp", "http://u:p@a/b"}) {
            assertThatThrownBy(() -> new HttpEndpoint(URI.create(url), Map.of()))
                    .as(url)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static void untilGone(Asked asked, CountDownLatch gone) throws Exception {
        var events = asked.events().data(PROGRESS);
        try {
            for (int i = 0; i < 1000; i++) {
                events.raw(": still here\n\n");
                Thread.sleep(10);
            }
        } catch (UncheckedIOException e) {
            gone.countDown();
        }
    }

    private void assertFails(String method, String reason) {
        int id = receiver.lines().size() + 1;
        request(id, method, "{}");
        await().until(() -> receiver.lines().size() == id);
        assertThat(receiver.lines().getLast()).isEqualTo(id + ": failed: " + reason);
    }

    private void open(Script script) throws IOException {
        upstream = new TestHttpUpstream(script);
        transport = transport(upstream.url(), Duration.ofSeconds(20));
        transport.start(receiver);
    }

    /** Goes through a legacy handshake, whose messages the script does not see. */
    private void openSession(String version, Script script) throws IOException {
        open(asked -> {
            switch (asked.method()) {
                case "initialize" ->
                        asked.set("Mcp-Session-Id", "abc")
                                .result("{\"protocolVersion\":\"%s\"}".formatted(version));
                case "notifications/initialized" -> asked.status(202);
                default -> script.answer(asked);
            }
        });
        request(1, "initialize", "{}");
        awaitLines("1: 1 {\"protocolVersion\":\"%s\"}".formatted(version));
        transport.send(new Notification("notifications/initialized", null));
        await().until(() -> upstream.asked().size() >= 2);
    }

    private HttpTransport transport(URI url, Duration timeout) {
        return new HttpTransport(
                "test", endpoint(url), JsonRpcCodec.json(1_000_000), client, timeout, MAX_BYTES);
    }

    private static HttpEndpoint endpoint(URI url) {
        return new HttpEndpoint(url, Map.of("Authorization", "Bearer x"));
    }

    private void request(int id, String method, String params) {
        transport.send(new Request(number(id), method, object(params)));
    }

    private void modern(int id, String method, String params) {
        request(
                id,
                method,
                "{\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"},%s}"
                        .formatted(params));
    }

    private static Notification cancelled() {
        return new Notification("notifications/cancelled", object("{\"requestId\":1}"));
    }

    private void awaitLines(String... lines) {
        await().untilAsserted(() -> assertThat(receiver.lines()).containsExactly(lines));
    }

    private static RequestId number(int id) {
        return new RequestId.Number(id);
    }

    private static ObjectNode object(String json) {
        return (ObjectNode) MAPPER.readTree(json);
    }
}
