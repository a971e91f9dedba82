package io.springline.relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A response that is not read to its end does not keep its connection. */
class HttpAbandonedReplyTest extends HttpTransportTests {

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
