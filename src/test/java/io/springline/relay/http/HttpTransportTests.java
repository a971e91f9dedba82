package io.springline.relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.relay.TestHttpUpstream;
import io.springline.relay.TestHttpUpstream.Asked;
import io.springline.relay.TestHttpUpstream.Script;
import io.springline.relay.config.HttpEndpoint;
import io.springline.relay.config.RelayProperties.Transport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.eclipse.jetty.client.AbstractConnectionPool;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.transport.HttpDestination;
import org.junit.jupiter.api.AfterEach;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A transport to a scripted upstream, and what tests of it do all the time. */
abstract class HttpTransportTests {

    static final JsonMapper MAPPER = JsonMapper.builder().build();
    static final int MAX_BYTES = 10_000;
    static final String PROGRESS =
            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{}}";

    final HttpClient client = RelayHttpClient.start(Duration.ofSeconds(2));
    final HttpRecordingReceiver receiver = new HttpRecordingReceiver();
    final CountDownLatch end = new CountDownLatch(1);
    TestHttpUpstream upstream;
    HttpTransport transport;
    Transport kind = Transport.HTTP;

    @AfterEach
    void stop() {
        end.countDown();
        transport.close();
        if (upstream != null) {
            upstream.close();
        }
        RelayHttpClient.stop(client);
    }

    static void untilGone(Asked asked, CountDownLatch gone) throws Exception {
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

    void open(Script script) throws IOException {
        upstream = new TestHttpUpstream(script);
        transport = transport(upstream.url(), Duration.ofSeconds(20));
        transport.start(receiver);
    }

    /** Goes through a legacy handshake, whose messages the script does not see. */
    void openSession(String version, Script script) throws IOException {
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
        transport.send(new Notification("notifications/initialized"));
        await().until(() -> upstream.asked().size() >= 2);
    }

    HttpTransport transport(URI url, Duration timeout) {
        return transport(client, url, timeout);
    }

    HttpTransport transport(HttpClient client, URI url, Duration timeout) {
        return new HttpTransport(
                "test",
                kind,
                endpoint(url),
                Map::of,
                JsonRpcCodec.lenientJson(1_000_000),
                client,
                timeout,
                MAX_BYTES);
    }

    static HttpEndpoint endpoint(URI url) {
        return new HttpEndpoint(url, Map.of("Authorization", "Bearer x"));
    }

    void request(int id, String method, String params) {
        transport.send(new Request(number(id), method, object(params)));
    }

    void modern(int id, String method, String params) {
        request(
                id,
                method,
                "{\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"},%s}"
                        .formatted(params));
    }

    static Notification cancelled() {
        return new Notification("notifications/cancelled", object("{\"requestId\":1}"));
    }

    void awaitLines(String... lines) {
        await().untilAsserted(() -> assertThat(receiver.lines()).containsExactly(lines));
    }

    /** Returns true if no connection of the client waits for the rest of a response. */
    boolean hasNoActiveConnection() {
        return client.getDestinations().stream()
                .map(destination -> ((HttpDestination) destination).getConnectionPool())
                .allMatch(pool -> ((AbstractConnectionPool) pool).getActiveConnectionCount() == 0);
    }

    static RequestId number(int id) {
        return new RequestId.Number(id);
    }

    static ObjectNode object(String json) {
        return (ObjectNode) MAPPER.readTree(json);
    }
}
