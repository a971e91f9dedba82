package io.springline.relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.relay.TestHttpUpstream;
import io.springline.relay.TestHttpUpstream.Asked;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import jdk.net.ExtendedSocketOptions;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.io.Connection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What servers and the proxies before them do to HTTP, and is understood all the same. */
class HttpReachTest extends HttpTransportTests {

    private static final String BOM = "\uFEFF";

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 307, 308})
    void followsARedirectWithinItsOrigin(int status) throws IOException {
        open(asked -> {
            if (asked.target().equals("/mcp")) {
                asked.set("Location", status == 307 ? upstream.url() + "/" : "/mcp/")
                        .status(status);
            } else {
                asked.result("{}");
            }
        });
        request(1, "tools/call", "{\"name\":\"x\"}");
        awaitLines("1: 1 {}");
        Asked last = upstream.asked().getLast();
        assertThat(last.verb() + " " + last.target()).isEqualTo("POST /mcp/");
        assertThat(last.body().at("/params/name").asString()).isEqualTo("x");
        assertThat(last.header("Authorization")).isEqualTo("Bearer x");
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void refusesARedirectToAnotherOrigin(int status) throws IOException {
        try (var other = new TestHttpUpstream(asked -> asked.result("{}"))) {
            open(asked -> asked.set("Location", other.url() + "?token=secret").status(status));
            request(1, "tools/call", "{}");
            awaitLines(
                    "1: failed: upstream redirects to another origin, %s, which is not followed: configure that url if it is right (HTTP %d)"
                            .formatted(other.url(), status));
            assertThat(other.asked()).isEmpty();
        }
    }

    @Test
    void refusesWhatIsNoRedirectOfAMessage() throws IOException {
        open(asked -> {
            switch (asked.method()) {
                case "see-other" -> asked.set("Location", "/login?next=secret").status(303);
                case "nowhere" -> asked.status(307);
                case "garbage" -> asked.set("Location", "http://[").status(307);
                default -> asked.set("Location", asked.target() + "x").status(307);
            }
        });
        request(1, "see-other", "{}");
        String at = upstream.url().resolve("/").toString();
        awaitLines(
                "1: failed: upstream redirects to %slogin, which is no MCP endpoint (HTTP 303)"
                        .formatted(at));
        receiver.clear();
        request(2, "nowhere", "{}");
        awaitLines("2: failed: upstream redirects without a valid URL (HTTP 307)");
        receiver.clear();
        request(3, "garbage", "{}");
        awaitLines("3: failed: upstream redirects without a valid URL (HTTP 307)");
        receiver.clear();
        request(4, "for ever", "{}");
        awaitLines("4: failed: upstream redirects more than 5 times");
    }

    @ParameterizedTest
    @CsvSource({
        "gzip, application/json",
        "x-gzip, text/event-stream",
        "gzip, text/event-stream",
        "deflate, application/json",
        "deflate, text/event-stream",
        "raw, application/json",
        "identity, application/json"
    })
    void readsCompressedBodiesThatItDidNotAskFor(String encoding, String type) throws IOException {
        open(asked -> {
            String text = asked.response("{\"x\":\"é\"}");
            asked.set("Content-Type", type);
            asked.set("Content-Encoding", encoding.equals("raw") ? "deflate" : encoding);
            asked.bytes(
                    200,
                    compressed(encoding, type.contains("event") ? "data: " + text + "\n\n" : text));
        });
        request(1, "tools/call", "{}");
        awaitLines("1: 1 {\"x\":\"é\"}");
        assertThat(upstream.asked().getLast().header("Accept-Encoding")).isEqualTo("identity");
    }

    @Test
    void deliversEventsOfACompressedStreamAsTheyCome() throws IOException {
        open(asked -> {
            asked.set("Content-Type", "text/event-stream").set("Content-Encoding", "gzip");
            var out = new GZIPOutputStream(asked.open(), true);
            out.write(("data: " + PROGRESS + "\n\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
            await().until(() -> receiver.lines().size() == 1);
            out.write(("data: " + asked.response("{}") + "\n\n").getBytes(StandardCharsets.UTF_8));
            out.finish();
        });
        request(1, "tools/call", "{}");
        awaitLines("1: notifications/progress", "1: 1 {}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json", "text/event-stream"})
    void boundsWhatACompressedBodyBecomes(String type) throws IOException {
        open(asked -> {
            String bomb = asked.response("\"" + "x".repeat(5_000_000) + "\"");
            asked.set("Content-Type", type).set("Content-Encoding", "gzip");
            OutputStream out = asked.open();
            out.write(compressed("gzip", "data: " + bomb));
            out.flush();
            end.await();
        });
        request(1, "tools/call", "{}");
        awaitLines("1: failed: upstream sent a message of more than 10000 bytes");
    }

    @Test
    void namesAnEncodingThatItCannotRead() throws IOException {
        open(asked -> {
            asked.set("Content-Encoding", asked.method());
            asked.bytes(200, new byte[] {1, 2, 3});
        });
        request(1, "br", "{}");
        awaitLines("1: failed: upstream sent Content-Encoding 'br', which was not asked for");
        receiver.clear();
        request(2, "gzip", "{}");
        awaitLines("2: failed: the upstream's response cannot be decompressed");
    }

    @ParameterizedTest
    @CsvSource({
        "application/json; charset=utf-8, json",
        "APPLICATION/JSON, json",
        "text/json, json",
        "text/plain, json",
        "text/html, json",
        "application/octet-stream, json",
        "text/event-stream, json",
        "-, json",
        "Text/Event-Stream;charset=UTF-8, events",
        "application/json, events",
        "text/plain, events",
        "-, events"
    })
    void readsABodyOfAnotherTypeThanItSays(String type, String form) throws IOException {
        open(asked -> {
            String text = asked.response("{}");
            if (!type.equals("-")) {
                asked.set("Content-Type", type);
            }
            String body = form.equals("json") ? text : "event: message\ndata: " + text + "\n\n";
            asked.bytes(200, (BOM + "\r\n " + body).getBytes(StandardCharsets.UTF_8));
        });
        request(1, "tools/call", "{}");
        awaitLines("1: 1 {}");
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 202, 204})
    void takesAnyStatusOfSuccessForANotification(int status) throws IOException {
        open(asked -> {
            if (asked.method().isEmpty()) {
                asked.status(405);
            } else if (asked.method().equals("ping")) {
                asked.result("{}");
            } else {
                asked.status(status);
            }
        });
        transport.send(new Notification("notifications/initialized"));
        request(1, "ping", "{}");
        awaitLines("1: 1 {}");
        await().until(() -> upstream.asked("GET").size() == 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void triesAllAddressesOfAName(String address) throws IOException {
        upstream =
                new TestHttpUpstream(InetAddress.getByName(address), asked -> asked.result("{}"));
        URI url = URI.create("http://localhost:%d/mcp".formatted(upstream.port()));
        transport = transport(url, Duration.ofSeconds(20));
        transport.start(receiver);
        request(1, "ping", "{}");
        awaitLines("1: 1 {}");
    }

    @Test
    void usesTheProxyOfTheSystemProperties() throws IOException {
        upstream = new TestHttpUpstream(asked -> asked.result("{}"));
        System.setProperty("http.proxyHost", "127.0.0.1");
        System.setProperty("http.proxyPort", Integer.toString(upstream.port()));
        HttpClient proxied = RelayHttpClient.start(Duration.ofSeconds(2));
        try {
            transport =
                    transport(
                            proxied,
                            URI.create("http://upstream.invalid/mcp"),
                            Duration.ofSeconds(20));
            transport.start(receiver);
            request(1, "ping", "{}");
            awaitLines("1: 1 {}");
            assertThat(upstream.asked().getLast().header("Host")).isEqualTo("upstream.invalid");
        } finally {
            System.clearProperty("http.proxyHost");
            System.clearProperty("http.proxyPort");
            RelayHttpClient.stop(proxied);
        }
    }

    /** A gateway may forget a silent connection without a word to either side. */
    @Test
    void letsTheKernelProbeSilentConnections() throws Exception {
        open(asked -> asked.result("{}"));
        var options = new ConcurrentHashMap<SocketOption<?>, Object>();
        client.newRequest(upstream.url())
                .onResponseBegin(response -> {
                    var connection = (Connection) response.getRequest().getConnection();
                    var channel = (SocketChannel) connection.getEndPoint().getTransport();
                    for (SocketOption<?> option :
                            List.of(
                                    StandardSocketOptions.SO_KEEPALIVE,
                                    ExtendedSocketOptions.TCP_KEEPIDLE,
                                    ExtendedSocketOptions.TCP_KEEPINTERVAL,
                                    ExtendedSocketOptions.TCP_KEEPCOUNT)) {
                        options.put(option, value(channel, option));
                    }
                })
                .send();
        assertThat(options)
                .isEqualTo(
                        Map.of(
                                StandardSocketOptions.SO_KEEPALIVE,
                                true,
                                ExtendedSocketOptions.TCP_KEEPIDLE,
                                60,
                                ExtendedSocketOptions.TCP_KEEPINTERVAL,
                                10,
                                ExtendedSocketOptions.TCP_KEEPCOUNT,
                                3));
    }

    private static Object value(SocketChannel channel, SocketOption<?> option) {
        try {
            return channel.getOption(option);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void saysThatANameIsNotKnown() throws IOException {
        transport = transport(URI.create("http://nowhere.invalid/mcp"), Duration.ofSeconds(20));
        transport.start(receiver);
        request(1, "ping", "{}");
        awaitLines("1: failed: upstream's host name is unknown");
    }

    private static byte[] compressed(String encoding, String text) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (OutputStream out =
                switch (encoding) {
                    case "identity" -> new FilterOutputStream(bytes);
                    case "deflate" -> new DeflaterOutputStream(bytes);
                    case "raw" -> new DeflaterOutputStream(bytes, new Deflater(9, true));
                    default -> new GZIPOutputStream(bytes);
                }) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }
}
