package io.springline.relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.relay.TestHttpUpstream;
import io.springline.relay.TestHttpUpstream.Asked;
import io.springline.relay.TestHttpUpstream.Events;
import io.springline.relay.TestHttpUpstream.Script;
import io.springline.relay.config.RelayProperties.Transport;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP+SSE, as revision 2024-11-05 has it. */
class HttpSseTest extends HttpTransportTests {

    private static final String HELLO = "{\"protocolVersion\":\"2024-11-05\"}";

    private final CountDownLatch cut = new CountDownLatch(1);
    private volatile String endpoint = "/mcp/messages?session=7";
    private volatile Events stream;

    /** Serves the stream, and each request on it; {@code script} answers a POST before. */
    private Script sse(Script script) {
        return asked -> {
            if (asked.verb().equals("GET")) {
                stream =
                        asked.events()
                                .raw(
                                        ": ping\r\n\r\nevent: endpoint\r\ndata: "
                                                + endpoint
                                                + "\r\n\r\n");
                cut.await();
            } else if (asked.target().equals("/mcp/messages?session=7")) {
                script.answer(asked);
            } else {
                asked.status(405);
            }
        };
    }

    private void accept(Asked asked) throws IOException {
        asked.text(202, "text/plain", "Accepted");
        switch (asked.method()) {
            case "initialize" -> say(asked.response(HELLO));
            case "tools/call" -> {
                stream.raw(": 15 s later\n\nevent: ping\ndata: x\n\n");
                say(PROGRESS);
                say("{\"jsonrpc\":\"2.0\",\"id\":\"s1\",\"method\":\"roots/list\"}");
                say(asked.response("{\"x\":1}"));
            }
            default -> {}
        }
    }

    private void say(String json) {
        stream.raw("event: message\ndata: " + json + "\n\n");
    }

    private void start(Transport as, Script script) throws IOException {
        kind = as;
        upstream = new TestHttpUpstream(script);
        transport = transport(upstream.url(), Duration.ofSeconds(2));
        transport.start(receiver);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/mcp/messages?session=7", "messages?session=7", "absolute"})
    void answersOnTheStream(String named) throws IOException {
        kind = Transport.SSE;
        upstream = new TestHttpUpstream(sse(this::accept));
        endpoint =
                switch (named) {
                    case "absolute" -> upstream.url() + "/messages?session=7";
                    case "messages?session=7" -> "mcp/" + named;
                    default -> named;
                };
        transport = transport(upstream.url(), Duration.ofSeconds(2));
        transport.start(receiver);
        receiver.react(message -> {
            if (message instanceof Request(var id, _, _)) {
                transport.send(new ResultResponse(id, object("{\"roots\":[]}")));
            }
        });
        request(1, "initialize", "{}");
        awaitLines("-: 1 " + HELLO);
        transport.send(new Notification("notifications/initialized"));
        request(2, "tools/call", "{}");
        awaitLines(
                "-: 1 " + HELLO,
                "-: notifications/progress",
                "-: roots/list id=\"s1\"",
                "-: 2 {\"x\":1}");
        await().until(() -> upstream.asked("POST").size() == 4);
        assertThat(upstream.asked("GET"))
                .singleElement()
                .satisfies(asked -> {
                    assertThat(asked.header("Accept")).isEqualTo("text/event-stream");
                    assertThat(asked.header("Authorization")).isEqualTo("Bearer x");
                });
        assertThat(upstream.posted("tools/call").header("Authorization")).isEqualTo("Bearer x");
        modern(3, "server/discover", "\"x\":1");
        await().until(() ->
                receiver.lines().getLast().equals("3: failed: HTTP+SSE does not carry 2026-07-28"));
    }

    @Test
    void endsWithItsStream() throws IOException {
        start(Transport.SSE, sse(asked -> asked.status(202)));
        request(1, "tools/call", "{}");
        await().until(() -> upstream.asked("POST").size() == 1);
        cut.countDown();
        awaitLines("closed: upstream ended its event stream");
    }

    @ParameterizedTest
    @CsvSource({"404, Not Found", "400, Invalid session ID", "410, Gone"})
    void refusesACallOfALostSessionSoThatItIsSentAgain(int status, String body) throws IOException {
        start(Transport.SSE, sse(asked -> asked.text(status, "text/plain", body)));
        request(1, "tools/call", "{}");
        awaitLines("1: refused: session expired", "closed: session expired");
    }

    @Test
    void failsACallThatTheUpstreamRefuses() throws IOException {
        start(Transport.SSE, sse(asked -> asked.status(500)));
        request(1, "tools/call", "{}");
        awaitLines("1: failed: upstream answered HTTP 500");
    }

    @ParameterizedTest
    @CsvSource({
        "http://127.0.0.1:1/messages, 'names another origin, http://127.0.0.1:1, which is not trusted'",
        "http://[, has no valid URL"
    })
    void doesNotPostElsewhere(String named, String reason) throws IOException {
        endpoint = named;
        assertThatThrownBy(() -> start(Transport.SSE, sse(this::accept)))
                .isInstanceOf(IOException.class)
                .hasMessage("upstream's event 'endpoint' " + reason);
        assertThat(upstream.asked("POST")).isEmpty();
        await().until(this::hasNoActiveConnection);
    }

    @Test
    void closesTheStreamThatItTriedInPlaceOfInitialize() throws IOException {
        endpoint = "http://127.0.0.1:1/messages";
        start(Transport.AUTO, sse(this::accept));
        request(1, "initialize", "{}");
        awaitLines("1: failed: upstream answered HTTP 405");
        assertThat(upstream.asked("GET")).hasSize(1);
        await().until(this::hasNoActiveConnection);
    }

    @Test
    void saysWhyAServerCannotBeStarted() throws IOException {
        assertThatThrownBy(() -> start(Transport.SSE, asked -> asked.status(404)))
                .isInstanceOf(IOException.class)
                .hasMessage("upstream answered HTTP 404");
        upstream.close();
        assertThatThrownBy(() -> start(Transport.SSE, asked -> asked.json(200, "{}")))
                .isInstanceOf(IOException.class)
                .hasMessage("upstream has no event stream at this url");
        upstream.close();
        assertThatThrownBy(() ->
                        start(
                                Transport.SSE,
                                asked -> {
                                    asked.events().data("{}");
                                    end.await();
                                }))
                .isInstanceOf(IOException.class)
                .hasMessage("upstream did not send the event 'endpoint' of HTTP+SSE");
        assertThat(receiver.lines()).allMatch(line -> line.startsWith("closed"));
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 404, 405})
    void isTriedWhereInitializeIsRefused(int status) throws IOException {
        Script server = sse(this::accept);
        start(
                Transport.AUTO,
                asked -> {
                    if (asked.verb().equals("POST") && asked.target().equals("/mcp")) {
                        asked.text(status, "text/plain", "no");
                    } else {
                        server.answer(asked);
                    }
                });
        request(1, "initialize", "{}");
        awaitLines("-: 1 " + HELLO);
        transport.send(new Notification("notifications/initialized"));
        request(2, "tools/call", "{}");
        await().until(() -> receiver.lines().contains("-: 2 {\"x\":1}"));
        assertThat(upstream.asked("GET")).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"AUTO, 404, 1", "AUTO, 401, 0", "HTTP, 404, 0"})
    void isNotTakenForWhatElseIsRefused(Transport as, int status, int streams) throws IOException {
        start(as, asked -> asked.status(status));
        request(1, "initialize", "{}");
        await().until(() -> !receiver.lines().isEmpty());
        assertThat(receiver.lines())
                .singleElement()
                .asString()
                .startsWith("1: failed: ")
                .endsWith(status == 401 ? "(HTTP 401)" : "HTTP " + status);
        assertThat(upstream.asked("GET")).hasSize(streams);
    }
}
