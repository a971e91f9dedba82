package io.springline.relay.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.mcp.ProtocolVersion;
import io.springline.relay.ScriptedServer;
import io.springline.relay.StdioServer;
import io.springline.relay.TestHttpUpstream;
import io.springline.relay.config.Era;
import io.springline.relay.config.HttpEndpoint;
import io.springline.relay.config.RelayProperties.Mode;
import io.springline.relay.config.RelayProperties.Transport;
import io.springline.relay.config.StdioCommand;
import io.springline.relay.http.HttpTransport;
import io.springline.relay.http.RelayHttpClient;
import io.springline.relay.stdio.ProcessGroups;
import io.springline.relay.stdio.StderrRing;
import io.springline.relay.stdio.StdioTransport;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.client.HttpClient;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

/** Servers that refuse the newest version, or answer with one that nobody knows. */
class UpstreamVersionTest {

    private static final int MAX_BYTES = 1 << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final ProcessGroups groups = new ProcessGroups();
    private @Nullable UpstreamClient client;

    @AfterEach
    void close() {
        if (client != null) {
            client.close("the test ends");
        }
        groups.close();
    }

    private UpstreamConnection open(StdioCommand command) throws Exception {
        JsonRpcCodec codec = JsonRpcCodec.lenientJson(MAX_BYTES);
        return open(new StdioTransport("up", command, groups, codec, MAX_BYTES, new StderrRing()));
    }

    private UpstreamConnection open(UpstreamTransport transport) throws Exception {
        var made = new UpstreamClient("up", Mode.SHARED, transport, new Silent());
        client = made;
        return UpstreamConnection.open(
                transport, made, Era.LEGACY, StdioServer.read("{}"), PATIENCE);
    }

    private static final class Silent implements UpstreamClient.Listener {
        @Override
        public void notified(String method, @Nullable ObjectNode params) {}

        @Override
        public void trouble(String what) {}

        @Override
        public void closed(String reason) {}
    }

    /** Modern only; it does not read before its first request has timed out. */
    private static final class LateTransport implements UpstreamTransport {

        private final AtomicInteger discovers = new AtomicInteger();
        private Receiver receiver;

        @Override
        public void start(Receiver to) {
            receiver = to;
        }

        @Override
        public void send(JsonRpcMessage message) {
            if (!(message instanceof Request request)) {
                return;
            }
            if (!request.method().equals("server/discover")) {
                var refusal = ErrorCode.METHOD_NOT_FOUND.error("Method not found");
                receiver.receivedOnSharedStream(new ErrorResponse(request.id(), refusal));
            } else if (discovers.incrementAndGet() > 1) {
                var served = StdioServer.read("{\"supportedVersions\":[\"2026-07-28\"]}");
                receiver.receivedOnSharedStream(new ResultResponse(request.id(), served));
            }
        }

        @Override
        public void cancel(RequestId request, Notification notification) {}

        @Override
        public void close() {}
    }

    /** Answers {@code server/discover}, and cannot be reached after that. */
    private static final class RefusingTransport implements UpstreamTransport {

        private boolean closed;
        private Receiver receiver;

        @Override
        public void start(Receiver to) {
            receiver = to;
        }

        @Override
        public void send(JsonRpcMessage message) {
            if (message instanceof Request(var id, var method, _)) {
                if (method.equals("server/discover")) {
                    var refusal = ErrorCode.METHOD_NOT_FOUND.error("Method not found");
                    receiver.received(new ErrorResponse(id, refusal), id);
                } else {
                    receiver.refused(id, "upstream cannot be reached");
                }
            }
        }

        @Override
        public void cancel(RequestId request, Notification notification) {}

        @Override
        public void close() {
            closed = true;
        }
    }

    @Test
    void failsTheHandshakeOfAServerThatRefusesInitialize() {
        var transport = new RefusingTransport();
        var refused = new UpstreamClient("up", Mode.SHARED, transport, new Silent());
        assertThatThrownBy(() ->
                        UpstreamConnection.open(
                                transport, refused, Era.AUTO, StdioServer.read("{}"), PATIENCE))
                .isInstanceOf(UpstreamException.class)
                .hasMessage("Upstream 'up': upstream cannot be reached");
        assertThat(transport.closed).isTrue();
    }

    @Test
    void asksAModernServerAgainThatStartedAfterTheFirstQuestion() throws Exception {
        var transport = new LateTransport();
        client = new UpstreamClient("up", Mode.SHARED, transport, new Silent());
        UpstreamConnection connection =
                UpstreamConnection.open(
                        transport,
                        client,
                        Era.AUTO,
                        StdioServer.read("{}"),
                        Duration.ofMillis(200));
        assertThat(connection.version()).isEqualTo(ProtocolVersion.MODERN);
    }

    /** Accepts this version alone. */
    private static ScriptedServer speaking(String version, String refusal) {
        return new ScriptedServer()
                .result(
                        "\"protocolVersion\":\"" + version + "\"",
                        "{\"protocolVersion\":\"%s\",\"capabilities\":{}}".formatted(version))
                .on(
                        "\"initialize\"",
                        "{\"jsonrpc\":\"2.0\",\"id\":@ID,\"error\":%s}".formatted(refusal));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2025-03-26|{\"code\":-32602,\"message\":\"Unsupported protocol version\",\"data\":{\"supported\":[\"2024-11-05\",\"2025-03-26\"],\"requested\":\"2025-11-25\"}}",
                "2024-11-05|{\"code\":-1,\"message\":\"2025-11-25 is unknown, use 2024-11-05\"}",
                "2025-03-26|\"unsupported version\"",
                "2024-11-05|{\"code\":-32600,\"message\":\"no\"}",
                "2024-10-07|{\"code\":-1,\"message\":\"no\",\"data\":\"2024-10-07\"}"
            })
    void asksAgainForAVersionThatTheUpstreamSpeaks(String version, String refusal)
            throws Exception {
        UpstreamConnection connection = open(speaking(version, refusal).command());
        assertThat(connection.version())
                .isEqualTo(ProtocolVersion.of(version).orElse(ProtocolVersion.V2024_11_05));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"code\":-32602,\"message\":\"no\"}",
                "{\"code\":-32022,\"message\":\"no\",\"data\":{\"supported\":[\"2026-07-28\"]}}",
                "{\"code\":-32001,\"message\":\"Unauthorized\"}"
            })
    void givesUpOnAnUpstreamThatRefusesAll(String refusal) {
        assertThatThrownBy(() -> open(speaking("none", refusal).command()))
                .isInstanceOf(UpstreamException.class)
                .hasMessageStartingWith("the handshake failed");
    }

    @ParameterizedTest
    @CsvSource({
        "2024-10-07, 2024-11-05",
        "2025-07-01, 2025-06-18",
        "2027-01-01, 2025-11-25",
        "2026-07-28, 2025-11-25",
        "1.0, 2025-11-25"
    })
    void servesAnUpstreamOfAVersionThatIsNotKnown(String answered, String served) throws Exception {
        var server =
                new ScriptedServer()
                        .result(
                                "\"initialize\"",
                                "{\"protocolVersion\":\"%s\"}".formatted(answered));
        assertThat(open(server.command()).version().wireName()).isEqualTo(served);
    }

    @Test
    void asksForOlderVersionsAfterHttp400() throws Exception {
        HttpClient http = RelayHttpClient.start(PATIENCE);
        try (var upstream =
                new TestHttpUpstream(asked -> {
                    String version = asked.body().at("/params/protocolVersion").asString("");
                    if (version.equals("2025-03-26")) {
                        asked.result("{\"protocolVersion\":\"2025-03-26\"}");
                    } else if (asked.method().equals("initialize")) {
                        asked.text(400, "text/plain", "Bad Request");
                    } else {
                        asked.status(asked.verb().equals("POST") ? 202 : 405);
                    }
                })) {
            var transport =
                    new HttpTransport(
                            "up",
                            Transport.HTTP,
                            new HttpEndpoint(upstream.url(), Map.of()),
                            Map::of,
                            JsonRpcCodec.lenientJson(MAX_BYTES),
                            http,
                            PATIENCE,
                            MAX_BYTES);
            assertThat(open(transport).version()).isEqualTo(ProtocolVersion.V2025_03_26);
            assertThat(
                            upstream.asked("POST").stream()
                                    .map(each -> each.body().at("/params/protocolVersion"))
                                    .map(each -> each.asString(""))
                                    .filter(each -> !each.isEmpty()))
                    .containsExactly("2025-11-25", "2025-06-18", "2025-03-26");
        } finally {
            RelayHttpClient.stop(http);
        }
    }
}
