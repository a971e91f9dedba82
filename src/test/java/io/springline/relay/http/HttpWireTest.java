package io.springline.relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.transport.HttpDestination;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Responses in all their forms, and connections that end: nothing is lost or sent twice. */
class HttpWireTest extends HttpTransportTests {

    private static final int LARGEST = 1_000_000;

    private RawHttpUpstream server;

    @AfterEach
    void closeServer() throws IOException {
        if (server != null) {
            server.close();
        }
    }

    private void serve(RawHttpUpstream.Script script) throws IOException {
        server = new RawHttpUpstream(script);
        transport =
                new HttpTransport(
                        "test",
                        kind,
                        endpoint(server.url()),
                        Map::of,
                        JsonRpcCodec.lenientJson(LARGEST),
                        client,
                        Duration.ofMinutes(2),
                        LARGEST);
        transport.start(receiver);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "in one piece",
                "byte by byte",
                "in chunks",
                "in chunks byte by byte",
                "until the connection ends",
                "after interim responses",
                "of no type",
                "of the type of a stream"
            })
    void readsAResponse(String form) throws IOException {
        serve((posted, out) -> answer(form, posted.response("{\"x\":\"é\"}"), out));
        for (int id = 1; id <= 3; id++) {
            receiver.clear();
            request(id, "tools/call", "{}");
            awaitLines("%d: %d {\"x\":\"é\"}".formatted(id, id));
        }
        assertThat(server.posted()).hasSize(3);
    }

    private static boolean answer(String form, String json, OutputStream out) throws IOException {
        byte[] body = RawHttpUpstream.bytes(json);
        switch (form) {
            case "in chunks" -> {
                out.write(head("application/json", "Transfer-Encoding: chunked"));
                chunk(body, 0, 20, out);
                chunk(body, 20, body.length, out);
                out.write(RawHttpUpstream.bytes("0\r\n\r\n"));
            }
            case "in chunks byte by byte" -> {
                out.write(head("application/json", "Transfer-Encoding: chunked"));
                for (int i = 0; i < body.length; i++) {
                    chunk(body, i, i + 1, out);
                }
                out.write(RawHttpUpstream.bytes("0\r\n\r\n"));
            }
            case "byte by byte" -> {
                for (byte one : RawHttpUpstream.json(json)) {
                    out.write(one);
                    out.flush();
                }
            }
            case "until the connection ends" -> {
                out.write(head("application/json", "Connection: close"));
                out.write(body);
                return false;
            }
            case "after interim responses" -> {
                out.write(RawHttpUpstream.bytes("HTTP/1.1 100 Continue\r\n\r\n".repeat(2)));
                out.write(RawHttpUpstream.bytes("HTTP/1.1 104 Interim\r\n\r\n"));
                out.flush();
                out.write(RawHttpUpstream.bytes("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"));
                out.write(RawHttpUpstream.json(json));
            }
            case "of no type" -> {
                out.write(RawHttpUpstream.bytes("HTTP/1.1 200 OK\r\nContent-Length: "));
                out.write(RawHttpUpstream.bytes(body.length + "\r\n\r\n"));
                out.write(body);
            }
            case "of the type of a stream" -> {
                out.write(head("text/event-stream", "Content-Length: " + body.length));
                out.write(body);
            }
            default -> out.write(RawHttpUpstream.json(json));
        }
        return true;
    }

    private static byte[] head(String type, String field) {
        return RawHttpUpstream.bytes(
                "HTTP/1.1 200 OK\r\nContent-Type: %s\r\n%s\r\n\r\n".formatted(type, field));
    }

    private static void chunk(byte[] body, int from, int to, OutputStream out) throws IOException {
        out.write(RawHttpUpstream.bytes(Integer.toHexString(to - from) + "\r\n"));
        out.write(body, from, to - from);
        out.write(RawHttpUpstream.bytes("\r\n"));
        out.flush();
    }

    @Test
    void endsACallWithEndlessInterimResponses() throws IOException {
        serve((posted, out) -> {
            while (posted.method().equals("tools/call")) {
                out.write(RawHttpUpstream.bytes("HTTP/1.1 103 Early Hints\r\n\r\n"));
                out.flush();
            }
            out.write(RawHttpUpstream.json(posted.response("{}")));
            return true;
        });
        request(1, "tools/call", "{}");
        request(2, "ping", "{}");
        await().until(() -> receiver.lines().size() == 2);
        assertThat(receiver.lines())
                .containsExactlyInAnyOrder(
                        "1: lost: the connection to the upstream was lost", "2: 2 {}");
    }

    /** Its body would last until the connection ends. */
    @Test
    void goesOnAfterANotificationWithAResponseOfNoLength() throws IOException {
        serve((posted, out) -> {
            if (posted.method().equals("ping")) {
                out.write(RawHttpUpstream.json(posted.response("{}")));
            } else {
                out.write(RawHttpUpstream.bytes("HTTP/1.1 202 Accepted\r\n\r\n"));
            }
            return true;
        });
        transport.send(new Notification("notifications/initialized"));
        request(1, "ping", "{}");
        awaitLines("1: 1 {}");
    }

    /** The response has come before the request is written: the server does not read it. */
    @Test
    void namesTheStatusOfARequestThatIsNotReadToItsEnd() throws IOException {
        serve((posted, out) -> {
            out.write(RawHttpUpstream.bytes("HTTP/1.1 413 Large\r\nContent-Length: 100\r\n\r\n{"));
            return false;
        });
        request(1, "tools/call", "{}");
        awaitLines("1: failed: upstream answered HTTP 413");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1, 50_000})
    void readsResponsesOfAnySize(int more) throws IOException {
        String frame = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"\"}";
        String text = "x".repeat(ReplyListener.SMALL + more - frame.length());
        serve((posted, out) -> {
            out.write(RawHttpUpstream.json(posted.response("\"%s\"".formatted(text))));
            return true;
        });
        request(1, "tools/call", "{}");
        awaitLines("1: 1 \"%s\"".formatted(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":1,",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"jso\r\n"
            })
    void sendsARequestOnceIfItsConnectionEnds(String written) throws IOException {
        serve((posted, out) -> {
            if (posted.method().equals("ping")) {
                out.write(RawHttpUpstream.json(posted.response("{}")));
                return true;
            }
            out.write(RawHttpUpstream.bytes(written));
            return false;
        });
        request(1, "ping", "{}");
        awaitLines("1: 1 {}");
        receiver.clear();
        request(1, "tools/call", "{}");
        awaitLines("1: lost: the connection to the upstream was lost");
        receiver.clear();
        request(1, "ping", "{}");
        awaitLines("1: 1 {}");
        assertThat(server.posted())
                .extracting(RawHttpUpstream.Posted::method)
                .containsExactly("ping", "tools/call", "ping");
    }

    @Test
    void doesNotUseAConnectionThatTheUpstreamHasClosed() throws IOException {
        serve((posted, out) -> {
            out.write(RawHttpUpstream.json(posted.response("{}")));
            return false;
        });
        for (int id = 1; id <= 5; id++) {
            receiver.clear();
            request(id, "tools/call", "{}");
            awaitLines("%d: %d {}".formatted(id, id));
            await().until(this::hasNoConnection);
        }
        assertThat(server.posted())
                .extracting(RawHttpUpstream.Posted::connection)
                .isEqualTo(List.of(1, 2, 3, 4, 5));
    }

    private boolean hasNoConnection() {
        return client.getDestinations().stream()
                .allMatch(destination ->
                        destination instanceof HttpDestination pooled
                                && pooled.getConnectionPool().isEmpty());
    }

    @Test
    void usesAConnectionAgain() throws IOException {
        serve((posted, out) -> {
            out.write(RawHttpUpstream.json(posted.response("{}")));
            return true;
        });
        for (int id = 1; id <= 5; id++) {
            receiver.clear();
            request(id, "tools/call", "{}");
            awaitLines("%d: %d {}".formatted(id, id));
        }
        assertThat(server.posted()).extracting(RawHttpUpstream.Posted::connection).containsOnly(1);
        assertThat(server.posted().getFirst().head()).doesNotContainIgnoringCase("expect:");
    }

    @Test
    void failsOnHeadersThatAreTooLong() throws IOException {
        serve((posted, out) -> {
            String json = posted.response("{}");
            if (posted.method().equals("ping")) {
                out.write(RawHttpUpstream.json(json));
            } else {
                out.write(
                        head(
                                "application/json",
                                "X: %s\r\nContent-Length: %d"
                                        .formatted("x".repeat(200_000), json.length())));
                out.write(RawHttpUpstream.bytes(json));
            }
            return true;
        });
        request(1, "tools/call", "{}");
        await().until(() -> receiver.lines().size() == 1);
        // the reason depends on Java's assertions, by an assertion in Jetty's parser
        assertThat(receiver.lines().getFirst()).startsWith("1: failed: ");
        receiver.clear();
        request(2, "ping", "{}");
        awaitLines("2: 2 {}");
    }

    @ParameterizedTest
    @ValueSource(ints = {202, 204})
    void failsOnASuccessWithoutABody(int status) throws IOException {
        serve((posted, out) -> {
            out.write(
                    RawHttpUpstream.bytes(
                            "HTTP/1.1 %d X\r\n%s\r\n"
                                    .formatted(
                                            status, status == 204 ? "" : "Content-Length: 0\r\n")));
            return true;
        });
        request(1, "tools/call", "{}");
        awaitLines("1: failed: upstream answered without a JSON-RPC response");
    }

    /** More requests than Jetty queues for one origin by default. */
    @Test
    void queuesRequestsWhileConnectionsOpen() throws IOException {
        int many = 2_000;
        HttpClient patient = RelayHttpClient.start(Duration.ofMinutes(2));
        try (var unaccepted = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            URI url = URI.create("http://127.0.0.1:%d/mcp".formatted(unaccepted.getLocalPort()));
            transport = transport(patient, url, Duration.ofMinutes(2));
            transport.start(receiver);
            for (int id = 1; id <= many; id++) {
                request(id, "tools/call", "{}");
            }
            // the kernel accepts a few
            await().until(() -> queued(patient) > many - 10);
            assertThat(receiver.lines()).isEmpty();
        } finally {
            RelayHttpClient.stop(patient);
        }
    }

    private static int queued(HttpClient client) {
        return ((HttpDestination) client.getDestinations().getFirst()).getQueuedRequestCount();
    }

    /** What may block has a thread of its own, and what is small has none. */
    @Test
    void startsAThreadForWhatMayBlock() throws Exception {
        var byThread = new ConcurrentHashMap<String, Boolean>();
        serve((posted, out) -> {
            out.write(
                    switch (posted.method()) {
                        case "small" -> RawHttpUpstream.json(posted.response("{}"));
                        case "batch" ->
                                RawHttpUpstream.json("[%s]".formatted(posted.response("{}")));
                        case "large" ->
                                RawHttpUpstream.json(
                                        posted.response(
                                                "\"%s\""
                                                        .formatted(
                                                                "x".repeat(ReplyListener.SMALL))));
                        default -> {
                            String event = "data: %s\n\n".formatted(posted.response("{}"));
                            yield RawHttpUpstream.bytes(
                                    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: %d\r\n\r\n%s"
                                            .formatted(event.length(), event));
                        }
                    });
            return true;
        });
        var names = List.of("small", "batch", "large", "stream");
        receiver.react(message -> {
            int id = (int) ((RequestId.Number) ((ResultResponse) message).id()).value();
            byThread.put(names.get(id), Thread.currentThread().isVirtual());
        });
        for (String name : names) {
            request(names.indexOf(name), name, "{}");
            await().until(() -> byThread.containsKey(name));
        }
        assertThat(byThread)
                .isEqualTo(Map.of("small", false, "batch", true, "large", true, "stream", true));
    }

    /** A client that is slow to take a large result holds up only its own call. */
    @Test
    void aLargeResultHoldsUpNoOther() throws Exception {
        var taken = new CountDownLatch(1);
        String large = "x".repeat(ReplyListener.SMALL);
        serve((posted, out) -> {
            String result = posted.method().equals("large") ? "\"%s\"".formatted(large) : "{}";
            out.write(RawHttpUpstream.json(posted.response(result)));
            return true;
        });
        receiver.react(message -> {
            if (message instanceof ResultResponse(_, var result) && result.isString()) {
                awaitUninterruptibly(taken);
            }
        });
        try {
            for (int id = 1; id <= 20; id++) {
                request(id, "large", "{}");
            }
            await().until(() -> receiver.lines().size() == 20);
            request(21, "small", "{}");
            await().until(() -> receiver.lines().contains("21: 21 {}"));
        } finally {
            taken.countDown();
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
