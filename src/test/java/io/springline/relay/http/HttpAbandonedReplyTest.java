package io.springline.relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.jsonrpc.JsonRpcMessage.Notification;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.zip.GZIPOutputStream;
import org.eclipse.jetty.client.ProtocolHandler;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A response that is not read to its end does not keep its connection. */
class HttpAbandonedReplyTest extends HttpTransportTests {

    /** The begin of a deflate block of a type that does not exist. */
    private static final int NO_BLOCK = 7;

    private RawHttpUpstream server;

    @AfterEach
    void closeServer() throws IOException {
        server.close();
    }

    private void serve(RawHttpUpstream.Script script) throws IOException {
        server = new RawHttpUpstream(script);
        transport = transport(server.url(), Duration.ofMinutes(2));
        transport.start(receiver);
    }

    private static void begin(OutputStream out, int status, String type, String... fields)
            throws IOException {
        out.write(
                RawHttpUpstream.bytes(
                        "HTTP/1.1 %d X\r\nContent-Type: %s\r\n%s\r\n"
                                .formatted(status, type, String.join("", fields))));
    }

    /** Writes an event, and then bytes that cannot be decompressed. */
    private void corruptStream(OutputStream out) throws IOException {
        begin(out, 200, "text/event-stream", "Content-Encoding: gzip\r\n");
        var zipped = new GZIPOutputStream(out, true);
        zipped.write(RawHttpUpstream.bytes("retry: 1\nid: e1\ndata: %s\n\n".formatted(PROGRESS)));
        zipped.flush();
        await().until(() -> !receiver.lines().isEmpty());
        out.write(NO_BLOCK);
        out.flush();
    }

    private static byte[] zipped(String text) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var out = new GZIPOutputStream(bytes)) {
            out.write(RawHttpUpstream.bytes(text));
        }
        return bytes.toByteArray();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "200 | text/event-stream | br | upstream sent Content-Encoding 'br', which was not asked for",
                "200 | application/json | br | upstream sent Content-Encoding 'br', which was not asked for",
                "200 | text/event-stream | gzip | the upstream's response cannot be decompressed",
                "200 | application/json | gzip | the upstream's response cannot be decompressed",
                "500 | application/json | gzip | upstream answered HTTP 500",
            })
    void closesTheConnectionOfABodyThatItCannotDecode(
            int status, String type, String encoding, String reason) throws IOException {
        serve((posted, out) -> {
            begin(out, status, type, "Content-Encoding: %s\r\n".formatted(encoding));
            out.write(RawHttpUpstream.bytes("data: not compressed"));
            out.flush();
            end.await();
            return false;
        });
        request(1, "tools/call", "{}");
        awaitLines("1: failed: " + reason);
        await().until(this::hasNoActiveConnection);
    }

    @Test
    void closesTheConnectionOfACorruptStreamThatItResumes() throws IOException {
        serve((posted, out) -> {
            if (posted.head().startsWith("POST")) {
                corruptStream(out);
                end.await();
            }
            begin(out, 200, "text/event-stream", "Connection: close\r\n");
            out.write(
                    RawHttpUpstream.bytes(
                            "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n"));
            return false;
        });
        request(1, "tools/call", "{}");
        awaitLines("1: notifications/progress", "1: 1 {}");
        await().until(this::hasNoActiveConnection);
    }

    @Test
    void closesTheConnectionOfACorruptUnsolicitedStream() throws IOException {
        serve((posted, out) -> {
            if (posted.head().contains("Last-Event-ID: e1")) {
                begin(out, 405, "text/plain", "Content-Length: 0\r\n");
            } else if (posted.head().startsWith("GET")) {
                corruptStream(out);
                end.await();
            } else {
                begin(out, 202, "text/plain", "Content-Length: 0\r\n");
            }
            return true;
        });
        transport.send(new Notification("notifications/initialized"));
        await().until(() -> server.posted().size() == 3);
        await().until(this::hasNoActiveConnection);
        awaitLines("-: notifications/progress");
    }

    @Test
    void closesTheConnectionOfABodyWithMoreAfterIt() throws IOException {
        serve((posted, out) -> {
            byte[] body = zipped(posted.response("{}"));
            String fields = "Content-Encoding: gzip\r\nContent-Length: 100000\r\n";
            begin(out, 200, "application/json", fields);
            out.write(body);
            out.write(new byte[100_000 - body.length]);
            return true;
        });
        request(1, "tools/call", "{}");
        awaitLines("1: 1 {}");
        await().until(this::hasNoActiveConnection);
    }

    /** Jetty ignores an abort while it ends an interim response. */
    @Test
    void closesTheConnectionOfACallThatIsCancelledAfterAnInterimResponse() throws IOException {
        cancelAtTheEndOfInterimResponses();
        serve((posted, out) -> {
            out.write(RawHttpUpstream.bytes("HTTP/1.1 103 Early Hints\r\n\r\n"));
            begin(out, 200, "text/event-stream");
            out.write(RawHttpUpstream.bytes("data: %s\n\n".formatted(PROGRESS)));
            out.flush();
            end.await();
            return false;
        });
        modern(1, "tools/call", "\"name\":\"slow\"");
        await().until(() -> server.posted().size() == 1);
        await().until(this::hasNoActiveConnection);
        assertThat(receiver.lines()).isEmpty();
    }

    private void cancelAtTheEndOfInterimResponses() {
        var handler = new InterimResponses();
        client.getProtocolHandlers()
                .put(
                        new ProtocolHandler() {
                            @Override
                            public String getName() {
                                return handler.getName();
                            }

                            @Override
                            public boolean accept(Request request, Response response) {
                                return handler.accept(request, response);
                            }

                            @Override
                            public Response.Listener getResponseListener() {
                                var listener = handler.getResponseListener();
                                return new Response.Listener() {
                                    @Override
                                    public void onSuccess(Response response) {
                                        transport.cancel(number(1), cancelled());
                                        listener.onSuccess(response);
                                    }
                                };
                            }
                        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"stream", "large", "compressed", "refused"})
    void usesTheConnectionOfAResponseAgainThatItHasRead(String form) throws IOException {
        serve((posted, out) -> {
            String large = posted.response("\"%s\"".formatted("x".repeat(MAX_BYTES - 100)));
            byte[] body =
                    switch (form) {
                        case "stream" ->
                                RawHttpUpstream.bytes(
                                        "data: %s\n\n".formatted(posted.response("1")));
                        case "compressed" -> zipped(posted.response("1"));
                        default -> RawHttpUpstream.bytes(large);
                    };
            begin(
                    out,
                    form.equals("refused") ? 503 : 200,
                    form.equals("stream") ? "text/event-stream" : "application/json",
                    "Content-Length: %d\r\n".formatted(body.length),
                    form.equals("compressed") ? "Content-Encoding: gzip\r\n" : "");
            out.write(body);
            return true;
        });
        for (int id = 1; id <= 5; id++) {
            request(id, "tools/call", "{}");
            int answers = id;
            await().until(() -> receiver.lines().size() == answers);
            await().until(this::hasNoActiveConnection);
        }
        assertThat(server.posted()).extracting(RawHttpUpstream.Posted::connection).containsOnly(1);
    }
}
