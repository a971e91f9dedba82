package io.springline.relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.relay.TestHttpUpstream.Asked;
import io.springline.relay.client.UpstreamException;
import io.springline.relay.config.HttpEndpoint;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonPointer;

class HttpTransportTest extends HttpTransportTests {

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
            assertThat(answered.await(60, TimeUnit.SECONDS)).isTrue();
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
    void resumesACutStreamFromItsLastEvent() throws IOException {
        open(asked -> {
            if (asked.verb().equals("POST")) {
                asked.events().raw("retry: 20\n\n").event("e1", PROGRESS);
                // A cut may swallow what was sent right before it.
                await().until(() -> !receiver.lines().isEmpty());
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
            // Ends, as a cut may swallow what was sent right before it.
            if (asked.method().equals("with-id")) {
                events.raw("id: 1\nretry: 1\n\n");
            } else if (!asked.method().equals("ends")) {
                throw new IllegalStateException("cut");
            }
        });
        String lost = "lost: upstream ended the stream without a response";
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
        assertFails("401", "upstream rejects the credentials (HTTP 401)");
        assertFails("403", "upstream denies access (HTTP 403)");
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
        assertFails("silent", "upstream did not answer within 300 ms");
        assertFails("half", "upstream did not answer within 300 ms");
    }

    @Test
    void aStreamHasNoTimeout() throws IOException {
        open(asked -> {
            if (asked.method().equals("stream")) {
                var events = asked.events();
                await().until(() -> !receiver.lines().isEmpty());
                events.data(asked.response("{}"));
            } else {
                end.await();
            }
        });
        transport = transport(upstream.url(), Duration.ofMillis(1500));
        transport.start(receiver);
        request(1, "stream", "{}");
        request(2, "silent", "{}");
        awaitLines("2: failed: upstream did not answer within 1500 ms", "1: 1 {}");
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
        transport.mirrored(
                "wetter für zürich",
                Map.of(
                        JsonPointer.compile("/region"),
                        "Region",
                        JsonPointer.compile("/at/day"),
                        "Day"));
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
    void keepsManyRequestsApart() throws IOException {
        var all = new CountDownLatch(200);
        open(asked -> {
            all.countDown();
            assertThat(all.await(60, TimeUnit.SECONDS)).isTrue();
            asked.events()
                    .data(PROGRESS.replace("progress", "p" + asked.body().get("id")))
                    .data(asked.response(asked.body().get("id").toString()));
        });
        for (int id = 1; id <= 200; id++) {
            request(id, "tools/call", "{}");
        }
        await().until(() -> receiver.lines().size() == 400);
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
        transport.send(new Notification("notifications/initialized"));
        for (int id = 1; id <= HttpInFlight.LIMIT; id++) {
            request(id, "ping", "{}");
        }
        assertThatThrownBy(() -> request(0, "ping", "{}"))
                .isInstanceOf(UpstreamException.class)
                .hasMessage("Upstream 'test' already has 4096 messages in flight");
        transport.cancel(number(1), cancelled());
        request(0, "ping", "{}");
        assertThat(upstream.asked("POST")).hasSizeLessThanOrEqualTo(1);
    }

    @Test
    void anEndpointShowsNoHeaderValue() throws IOException {
        open(asked -> {});
        assertThat(endpoint(upstream.url())).asString().doesNotContain("Bearer");
        for (var wrong : Map.of("Bad Name", "secret", "X", "secret\n").entrySet()) {
            assertThatThrownBy(() ->
                            new HttpEndpoint(
                                    upstream.url(), Map.of(wrong.getKey(), wrong.getValue())))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasNoCause()
                    .hasMessageContaining(wrong.getKey())
                    .message()
                    .doesNotContain("secret");
        }
        for (String url : new String[] {"ftp://a/b", "/mcp", "http:mcp"}) {
            assertThatThrownBy(() -> new HttpEndpoint(URI.create(url), Map.of()))
                    .as(url)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private void assertFails(String method, String reason) {
        int id = receiver.lines().size() + 1;
        request(id, method, "{}");
        await().until(() -> receiver.lines().size() == id);
        assertThat(receiver.lines().getLast()).isEqualTo(id + ": failed: " + reason);
    }
}
