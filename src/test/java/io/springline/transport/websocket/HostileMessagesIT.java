package io.springline.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.mcp.CloseReason;
import io.springline.session.Subscriptions;
import io.springline.testing.McpPeer;
import io.springline.testing.RawSocket;
import io.springline.testing.SocketPeer;
import io.springline.transport.TransportStatistics;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** Messages that are too much of something, and too many messages. */
@HostileTest
class HostileMessagesIT {

    @LocalServerPort int port;
    @Autowired TransportStatistics statistics;

    private SocketPeer connect() {
        return SocketPeer.connect("ws://127.0.0.1:" + port + "/mcp");
    }

    private static String request(String id, String method, String params) {
        return "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"%s\",\"params\":{%s,%s}}"
                .formatted(id, method, McpPeer.meta("{}"), params);
    }

    private static String call(String id, String tool, String arguments) {
        return request(
                id, "tools/call", "\"name\":\"%s\",\"arguments\":%s".formatted(tool, arguments));
    }

    private static String echo(String id, String more) {
        return call(id, "echo", "{\"message\":\"m\",\"more\":%s}".formatted(more));
    }

    private static String nested(int depth) {
        return "[".repeat(depth) + "]".repeat(depth);
    }

    private static String keys(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "\"k" + i + "\":0")
                .collect(Collectors.joining(",", "{", "}"));
    }

    private static String numbers(int count) {
        return IntStream.range(0, count)
                .mapToObj(_ -> "0")
                .collect(Collectors.joining(",", "[", "]"));
    }

    static Stream<Arguments> extremes() {
        String longText = "\"" + "x".repeat(5_000_000) + "\"";
        return Stream.of(
                Arguments.of("nested 100 deep", echo("1", nested(100)), 0),
                Arguments.of("nested 201 deep", echo("1", nested(198)), -32700),
                Arguments.of("nested 100,000 deep", echo("1", nested(100_000)), -32700),
                Arguments.of("unclosed", "[".repeat(100_000), -32700),
                Arguments.of("1e400", echo("1", "1e400"), 0),
                Arguments.of("1e999999999", echo("1", "1e999999999"), -32700),
                Arguments.of("-1e-999999999", echo("1", "-1e-999999999"), -32700),
                Arguments.of("1e99999999999", echo("1", "1e99999999999"), -32700),
                Arguments.of("10,000 digits", echo("1", "1".repeat(10_000)), -32700),
                Arguments.of("10,000 decimals", echo("1", "0." + "1".repeat(10_000)), -32700),
                Arguments.of("700,000 keys", echo("1", keys(700_000)), -32700),
                Arguments.of("100,000 keys", echo("1", keys(100_000)), 0),
                Arguments.of("two million numbers", echo("1", numbers(2_000_000)), -32700),
                Arguments.of(
                        "a key of 100,000",
                        echo("1", "{\"" + "k".repeat(100_000) + "\":0}"),
                        -32700),
                Arguments.of("a string of 5 MB", echo("1", longText), 0),
                Arguments.of(
                        "an unknown method of 5 MB",
                        request("1", "m".repeat(5_000_000), "\"a\":0"),
                        -32601),
                Arguments.of(
                        "a tool's name of 5 MB", call("1", "t".repeat(5_000_000), "{}"), -32602),
                Arguments.of(
                        "an id of 1,024",
                        echo("\"" + "i".repeat(RequestId.MAX_LENGTH) + "\"", "0"),
                        0),
                Arguments.of("an id of 5 MB", echo(longText, "0"), -32600),
                Arguments.of("an id that is a decimal", echo("1.5", "0"), -32600),
                Arguments.of("an id of 101 digits", echo("1".repeat(101), "0"), -32700),
                Arguments.of("a duplicate key", echo("1", "{\"a\":1,\"a\":2}"), -32700),
                Arguments.of(
                        "an id twice",
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"method\":\"ping\"}",
                        -32700),
                Arguments.of("lone surrogates", echo("\"\\ud800\"", "\"\\udc00\\ud800\""), 0),
                Arguments.of("NUL", echo("\"\\u0000\"", "{\"\\u0000\":\"\\u0000\"}"), 0),
                Arguments.of("a bare NUL", echo("1", "\"\u0000\""), -32700),
                Arguments.of("a byte order mark", "\ufeff" + echo("1", "0"), -32700),
                Arguments.of(
                        "a progress token of 5 MB",
                        call("1", "count_up", "{\"steps\":1000,\"ms\":0}")
                                .replace(
                                        "\"_meta\":{",
                                        "\"_meta\":{\"progressToken\":" + longText + ","),
                        -32602),
                Arguments.of(
                        "a cursor of 5 MB",
                        request("1", "tools/list", "\"cursor\":" + longText),
                        -32602),
                Arguments.of(
                        "a resource's URI of 5 MB",
                        request("1", "resources/read", "\"uri\":" + longText),
                        -32602),
                Arguments.of(
                        "a requestState of 5 MB",
                        call("1", "echo", "{\"message\":\"m\"},\"requestState\":" + longText),
                        -32602),
                Arguments.of(
                        "an integer that is none: the tool says so",
                        call("1", "sleep", "{\"ms\":1e400}"),
                        0));
    }

    @ParameterizedTest(name = "{0}: {2}")
    @MethodSource("extremes")
    void answersExtremeMessagesAndKeepsTheConnection(String what, String message, int error)
            throws Exception {
        try (var peer = connect()) {
            JsonNode answer = peer.ask(message);
            assertThat(answer.at("/error/code").asInt(0)).isEqualTo(error);
            assertThat(answer.toString()).hasSizeLessThan(10_000);
            assertThat(peer.ask("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}").has("result"))
                    .isTrue();
        }
    }

    /** A regression: each level doubled the text that the state of the call was made of. */
    @Test
    void asksForInputWithDeeplyNestedArguments() throws Exception {
        String arguments = "{\"message\":\"m\",\"more\":%s}".formatted(nested(190));
        try (var peer = connect()) {
            String state = peer.ask(elicit(1, arguments)).at("/result/requestState").asString();
            String answer =
                    ",\"requestState\":\"%s\",\"inputResponses\":{\"input\":{\"action\":\"decline\"}}"
                            .formatted(state);
            JsonNode changed = peer.ask(elicit(2, arguments.replace("[]", "[1]") + answer));
            assertThat(changed.at("/error/message").asString())
                    .contains("requestState was not issued");
            JsonNode declined = peer.ask(elicit(3, arguments + answer));
            assertThat(declined.at("/result/content/0/text").asString()).contains("decline");
        }
    }

    private static String elicit(int id, String arguments) {
        return call(Integer.toString(id), "test_elicitation", arguments)
                .replace(McpPeer.meta("{}"), McpPeer.meta("{\"elicitation\":{}}"));
    }

    @Test
    void limitsTheLengthOfWhatASessionKeeps() throws Exception {
        String large = "\"" + "x".repeat(1_000_000) + "\"";
        try (var peer = connect()) {
            var refused =
                    peer.ask(
                            """
                            {"jsonrpc":"2.0","id":0,"method":"initialize","params":{
                             "protocolVersion":"2025-06-18","capabilities":{"x":%s},
                             "clientInfo":{"name":"test","version":"1"}}}\
                            """
                                    .formatted(large));
            assertThat(refused.at("/error/message").asString()).contains("capabilities");
            peer.initialize("2025-06-18", "{}");
            refused =
                    peer.ask(
                            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/subscribe\",\"params\":{\"uri\":%s}}"
                                    .formatted(large));
            assertThat(refused.at("/error/message").asString()).contains("uri must not be longer");
            refused =
                    peer.ask(
                            request(
                                    "2",
                                    "subscriptions/listen",
                                    "\"notifications\":{\"resourceSubscriptions\":[%s]}"
                                            .formatted(large)));
            assertThat(refused.at("/error/message").asString()).contains("must not be longer");
        }
    }

    @Test
    void limitsTheNumberOfSubscriptions() throws Exception {
        String all =
                IntStream.range(0, 10_000)
                        .mapToObj(i -> "\"note://" + i + "\"")
                        .collect(Collectors.joining(",", "[", "]"));
        try (var peer = connect()) {
            var refused =
                    peer.ask(
                            request(
                                    "0",
                                    "subscriptions/listen",
                                    "\"notifications\":{\"resourceSubscriptions\":" + all + "}"));
            assertThat(refused.at("/error/message").asString()).contains("Too many subscriptions");
            for (int i = 1; i <= Subscriptions.MAX_LISTENS; i++) {
                assertThat(peer.ask(listen(i)).path("method").asString()).endsWith("acknowledged");
            }
            for (int i = 100; i < 400; i++) {
                assertThat(peer.ask(listen(i)).at("/error/message").asString())
                        .contains("Too many subscriptions");
            }
            peer.initialize("2025-06-18", "{}");
            int refusals = 0;
            for (int i = 0; i < Subscriptions.MAX_URIS + 100; i++) {
                refusals +=
                        peer.ask(
                                                "{\"jsonrpc\":\"2.0\",\"id\":\"u%d\",\"method\":\"resources/subscribe\",\"params\":{\"uri\":\"note://%d\"}}"
                                                        .formatted(i, i))
                                        .has("error")
                                ? 1
                                : 0;
            }
            assertThat(refusals).isEqualTo(100);
        }
    }

    private static String listen(int id) {
        return request(Integer.toString(id), "subscriptions/listen", "\"notifications\":{}");
    }

    @Test
    void refusesAnIdInFlightAndContinuesTheFirstRequest() throws Exception {
        try (var peer = connect()) {
            peer.send(call("1", "sleep", "{\"ms\":400}"));
            for (int i = 0; i < 10; i++) {
                var refused = peer.ask(call("1", "increment", "{}"));
                assertThat(refused.at("/error/message").asString()).contains("still in flight");
                assertThat(refused.has("id")).isFalse();
            }
            assertThat(peer.receive().at("/result/content/0/text").asString())
                    .isEqualTo("slept 400");
            assertThat(peer.ask(call("1", "echo", "{\"message\":\"a\"}")).has("result")).isTrue();
        }
    }

    @Test
    void runsARepeatedIdOnceInAResumableSession() throws Exception {
        try (var peer = connect()) {
            peer.ask("{\"jsonrpc\":\"2.0\",\"id\":\"o\",\"method\":\"springline/open\"}");
            var first = peer.ask(call("1", "increment", "{}"));
            for (int i = 0; i < 50; i++) {
                assertThat(peer.ask(call("1", "increment", "{}"))).isEqualTo(first);
            }
            peer.send(ack(51));
            assertThat(peer.ask(call("1", "increment", "{}")).at("/error/message").asString())
                    .contains("used before");
        }
    }

    private static String ack(long received) {
        return "{\"jsonrpc\":\"2.0\",\"method\":\"springline/ack\",\"params\":{\"received\":%d}}"
                .formatted(received);
    }

    /**
     * A regression: the request waited for room on the thread that should have read the
     * acknowledgement.
     */
    @Test
    void delaysAPingWhileTooMuchIsUnacknowledged() throws Exception {
        try (var peer = connect()) {
            peer.ask("{\"jsonrpc\":\"2.0\",\"id\":\"o\",\"method\":\"springline/open\"}");
            peer.ask(call("1", "blob", "{\"bytes\":20000}"));
            peer.send("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}");
            peer.send(ack(1));
            assertThat(peer.receive().path("id").asInt()).isEqualTo(2);
            assertThat(peer.closeCode()).isNull();
        }
    }

    @Test
    void closesWith1008ForFalseAcknowledgements() throws Exception {
        try (var peer = connect()) {
            peer.ask("{\"jsonrpc\":\"2.0\",\"id\":\"o\",\"method\":\"springline/open\"}");
            for (int i = 0; i < 20; i++) {
                peer.send(ack(Long.MAX_VALUE - i));
            }
            assertThat(peer.awaitClose()).isEqualTo(1008);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":%d}}",
                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{\"progressToken\":%d}}",
                "{\"jsonrpc\":\"2.0\",\"id\":\"s-%d\",\"result\":{}}",
                "{\"jsonrpc\":\"2.0\",\"id\":%d,\"error\":{\"code\":1,\"message\":\"x\"}}"
            })
    void aFloodOfWhatIsNotAnsweredIs4429(String message) throws Exception {
        try (var socket = new RawSocket(port, "/mcp", "Sec-WebSocket-Protocol: mcp")) {
            var closed = socket.readUntilClosed();
            socket.sendText(call("1", "sleep", "{\"ms\":60000}"));
            for (int i = 2; !closed.isDone(); i++) {
                socket.sendText(message.formatted(i));
            }
        } catch (java.io.IOException dropped) {
            // said below
        }
        await().until(() -> statistics.closedBy(CloseReason.RATE_LIMIT) == rateLimited + 1);
    }

    private long rateLimited;

    @BeforeEach
    void countBefore() {
        rateLimited = statistics.closedBy(CloseReason.RATE_LIMIT);
    }

    @Test
    void leaksNothingForCallsThatAreCancelledAtOnce() throws Exception {
        try (var peer = connect()) {
            for (int i = 0; i < 400; i++) {
                peer.send(call(Integer.toString(i), "sleep", "{\"ms\":60000}"));
                peer.send(
                        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":%d}}"
                                .formatted(i));
            }
            assertThat(
                            peer.ask("{\"jsonrpc\":\"2.0\",\"id\":\"p\",\"method\":\"ping\"}")
                                    .path("id")
                                    .asString())
                    .isEqualTo("p");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"ping\"}",
                "%d",
                "[]",
                "{\"a\":[%d]}"
            })
    void aBatchOfAHundredThousandIsOneError(String element) throws Exception {
        String batch =
                IntStream.range(0, 100_000)
                        .mapToObj(element::formatted)
                        .collect(Collectors.joining(",", "[", "]"));
        try (var peer = connect()) {
            peer.initialize("2025-03-26", "{}");
            var refused = peer.ask(batch);
            assertThat(refused.at("/error/code").asInt()).isEqualTo(-32600);
            assertThat(refused.at("/error/message").asString())
                    .contains("more than " + JsonRpcCodec.MAX_BATCH);
            assertThat(peer.ask("[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]").size())
                    .isEqualTo(1);
        }
    }

    @Test
    void servesABatchAtTheLimit() throws Exception {
        String batch =
                IntStream.range(0, JsonRpcCodec.MAX_BATCH)
                        .mapToObj("{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"ping\"}"::formatted)
                        .collect(Collectors.joining(",", "[", "]"));
        try (var peer = connect()) {
            peer.initialize("2025-03-26", "{}");
            assertThat(peer.ask(batch).size()).isEqualTo(JsonRpcCodec.MAX_BATCH);
        }
    }
}
