package io.springline.transport.websocket;

import static io.springline.testing.RawSocket.BINARY;
import static io.springline.testing.RawSocket.FIN;
import static io.springline.testing.RawSocket.RSV1;
import static io.springline.testing.RawSocket.TEXT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.testing.CborPeer;
import io.springline.testing.McpPeer;
import io.springline.testing.RawSocket;
import io.springline.testing.SocketPeer;
import io.springline.transport.TransportStatistics;
import io.springline.transport.websocket.jetty.MessageDeflate;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.ActiveProfiles;
import tools.jackson.databind.JsonNode;

/** JSON and CBOR side by side on the wire, compressed and not. Compression: {@link Rfc7692IT}. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "springline.websocket.compression.enabled=true",
            "springline.websocket.max-message-size=1MB"
        })
@ActiveProfiles("conformance")
class EncodingsIT {

    private static final String OFFER =
            "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";
    private static final JsonRpcCodec CBOR = JsonRpcCodec.cbor(1 << 20);

    @LocalServerPort int port;
    @Autowired TransportStatistics statistics;
    @Autowired Connections connections;

    private final MessageDeflate zlib = new MessageDeflate(0, 1 << 24, new TransportStatistics());

    private RawSocket connect(String subprotocol, String... more) throws IOException {
        String[] headers = Arrays.copyOf(more, more.length + 1);
        headers[more.length] = "Sec-WebSocket-Protocol: " + subprotocol;
        return new RawSocket(port, "/mcp", headers);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String request(String method) {
        return "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":{%s}}"
                .formatted(method, McpPeer.meta("{}"));
    }

    private static byte[] cbor(String json) {
        var message = (Decoded.Message) JsonRpcCodec.json(1 << 20).decode(json);
        return CBOR.encode(message.message());
    }

    private static JsonRpcMessage message(byte[] cbor) {
        return ((Decoded.Message) CBOR.decode(cbor)).message();
    }

    @Test
    void selectsTheEncodingBySubprotocol() throws Exception {
        for (String offer : new String[] {"mcp.cbor", "mcp.cbor, mcp", "x, mcp.cbor, mcp"}) {
            try (var socket = connect(offer)) {
                assertThat(socket.response()).contains("Sec-WebSocket-Protocol: mcp.cbor\r\n");
                socket.send(BINARY, cbor(request("tools/list")));
                var answer = socket.read();
                assertThat(answer.first()).isEqualTo(FIN | BINARY);
                assertThat(message(answer.payload()))
                        .isInstanceOf(JsonRpcMessage.ResultResponse.class);
            }
        }
        try (var socket = connect("mcp, mcp.cbor")) {
            assertThat(socket.response()).contains("Sec-WebSocket-Protocol: mcp\r\n");
        }
    }

    @Test
    void answersJsonOnACborConnectionWithAParseError() throws Exception {
        try (var socket = connect("mcp.cbor")) {
            socket.sendText(request("tools/list"));
            var answer = socket.read();
            assertThat(answer.opcode()).isEqualTo(BINARY);
            assertThat(new String(answer.payload(), StandardCharsets.UTF_8))
                    .contains("Parse error: not CBOR");
            socket.send(BINARY, cbor(request("tools/list")));
            assertThat(message(socket.read().payload()))
                    .isInstanceOf(JsonRpcMessage.ResultResponse.class);
        }
    }

    @Test
    void encodesAndCompressesABroadcastOncePerEncoding() throws Exception {
        try (var one = connect("mcp", OFFER);
                var two = connect("mcp", OFFER);
                var three = connect("mcp.cbor", OFFER);
                var four = connect("mcp.cbor", OFFER);
                var resumable = connect("mcp", OFFER);
                var plain = connect("mcp")) {
            for (RawSocket each : new RawSocket[] {one, two, plain}) {
                each.sendText("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}");
                each.read(TEXT);
            }
            resumable.sendText("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"springline/open\"}");
            assertThat(resumable.read(TEXT).text()).contains("\"token\"");
            resumable.sendText("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}");
            resumable.read(TEXT);
            for (RawSocket each : new RawSocket[] {three, four}) {
                each.send(BINARY, cbor("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}"));
                each.read(BINARY);
            }
            long before = statistics.messagesCompressed();
            String body =
                    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"level\":\"info\",\"data\":\"%s\"}}"
                            .formatted("again and ".repeat(200));
            var request =
                    HttpRequest.newBuilder(
                                    URI.create(
                                            "http://127.0.0.1:" + port + "/actuator/connections"))
                            .header("Content-Type", "application/json")
                            .POST(BodyPublishers.ofString(body))
                            .build();
            try (HttpClient http = HttpClient.newHttpClient()) {
                assertThat(http.send(request, BodyHandlers.ofString()).body())
                        .contains("\"sent\":6");
            }
            assertThat(plain.read(TEXT).text()).isEqualTo(body);
            for (RawSocket each : new RawSocket[] {one, two, resumable}) {
                var frame = each.read(TEXT);
                assertThat(frame.first() & RSV1).isEqualTo(RSV1);
                assertThat(zlib.inflate(frame.payload())).isEqualTo(utf8(body));
            }
            for (RawSocket each : new RawSocket[] {three, four}) {
                var frame = each.read(BINARY);
                assertThat(frame.first() & RSV1).isEqualTo(RSV1);
                assertThat(message(zlib.inflate(frame.payload()))).isEqualTo(message(cbor(body)));
            }
            assertThat(statistics.messagesCompressed() - before).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void keepsTheEncodingOfAResumableSession(boolean binary) throws Exception {
        JsonNode grant;
        try (var peer = peer(binary)) {
            grant =
                    peer.ask("{\"jsonrpc\":\"2.0\",\"id\":\"o\",\"method\":\"springline/open\"}")
                            .get("result");
            peer.ask(request("server/discover"));
            peer.cut();
        }
        String resume =
                """
                {"jsonrpc":"2.0","id":"r","method":"springline/resume","params":{"token":%s,"epoch":%s,"received":0}}\
                """
                        .formatted(grant.get("token"), grant.get("epoch"));
        await().until(() -> connections.all().isEmpty());
        try (var other = peer(!binary)) {
            assertThat(other.ask(resume).at("/error/data/reason").asString()).isEqualTo("unknown");
        }
        try (var peer = peer(binary)) {
            assertThat(peer.ask(resume).at("/result/resumed").asBoolean()).isTrue();
            assertThat(peer.receive().at("/result/supportedVersions")).isNotEmpty();
        }
    }

    private McpPeer peer(boolean binary) throws Exception {
        String uri = "ws://127.0.0.1:" + port + "/mcp";
        return binary ? new CborPeer(uri) : SocketPeer.connect(uri);
    }
}
