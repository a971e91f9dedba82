package io.springline.transport.websocket;

import static io.springline.testing.RawSocket.BINARY;
import static io.springline.testing.RawSocket.CLOSE;
import static io.springline.testing.RawSocket.CONTINUATION;
import static io.springline.testing.RawSocket.FIN;
import static io.springline.testing.RawSocket.PING;
import static io.springline.testing.RawSocket.PONG;
import static io.springline.testing.RawSocket.RSV1;
import static io.springline.testing.RawSocket.RSV2;
import static io.springline.testing.RawSocket.RSV3;
import static io.springline.testing.RawSocket.TEXT;
import static io.springline.testing.RawSocket.frames;
import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.Memory;
import io.springline.testing.RawSocket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Frames that RFC 6455 forbids, and messages without an end. */
@HostileTest
class HostileFramesIT {

    private static final String PING_CALL = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";

    @LocalServerPort int port;

    private RawSocket connect() throws IOException {
        return new RawSocket(port, "/mcp", "Sec-WebSocket-Protocol: mcp");
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] closeWith(int code) {
        return RawSocket.frame(FIN | CLOSE, ByteBuffer.allocate(2).putShort((short) code).array());
    }

    static Stream<Arguments> forbidden() {
        byte[] call = utf8(PING_CALL);
        byte[] half = {'"', (byte) 0xe2, (byte) 0x82};
        return Stream.of(
                Arguments.of("not masked", 1002, RawSocket.unmasked(FIN | TEXT, call)),
                Arguments.of("RSV1: compressed", 1002, RawSocket.frame(FIN | RSV1 | TEXT, call)),
                Arguments.of("RSV2", 1002, RawSocket.frame(FIN | RSV2 | TEXT, call)),
                Arguments.of("RSV3", 1002, RawSocket.frame(FIN | RSV3 | TEXT, call)),
                Arguments.of("RSV1 on a ping", 1002, RawSocket.frame(FIN | RSV1 | PING, call)),
                Arguments.of("data opcode 3", 1002, RawSocket.frame(FIN | 3, call)),
                Arguments.of("data opcode 7", 1002, RawSocket.frame(FIN | 7, call)),
                Arguments.of("control opcode 11", 1002, RawSocket.frame(FIN | 11, call)),
                Arguments.of("control opcode 15", 1002, RawSocket.frame(FIN | 15, call)),
                Arguments.of("a ping in fragments", 1002, RawSocket.frame(PING, new byte[1])),
                Arguments.of("a pong in fragments", 1002, RawSocket.frame(PONG, new byte[1])),
                Arguments.of("a close in fragments", 1002, RawSocket.frame(CLOSE, new byte[0])),
                Arguments.of("a ping of 126", 1002, RawSocket.frame(FIN | PING, new byte[126])),
                Arguments.of("a pong of 126", 1002, RawSocket.frame(FIN | PONG, new byte[126])),
                Arguments.of("a close of 126", 1002, RawSocket.frame(FIN | CLOSE, new byte[126])),
                Arguments.of("a continuation of nothing", 1002, RawSocket.frame(FIN, call)),
                Arguments.of(
                        "a message within a message",
                        1002,
                        frames(RawSocket.frame(TEXT, half), RawSocket.frame(FIN | TEXT, call))),
                Arguments.of(
                        "bad UTF-8", 1007, RawSocket.frame(FIN | TEXT, new byte[] {(byte) 0xff})),
                Arguments.of(
                        "an overlong UTF-8 form",
                        1007,
                        RawSocket.frame(FIN | TEXT, new byte[] {(byte) 0xc0, (byte) 0xaf})),
                Arguments.of(
                        "a surrogate in UTF-8",
                        1007,
                        RawSocket.frame(
                                FIN | TEXT, new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80})),
                Arguments.of("half a character", 1007, RawSocket.frame(FIN | TEXT, half)),
                Arguments.of(
                        "bad UTF-8 across fragments",
                        1007,
                        frames(
                                RawSocket.frame(TEXT, half),
                                RawSocket.frame(FIN, new byte[] {'x'}))),
                Arguments.of(
                        "half a character at the end of the last fragment",
                        1007,
                        frames(RawSocket.frame(TEXT, utf8("{}")), RawSocket.frame(FIN, half))),
                Arguments.of(
                        "a frame that says 2^62 bytes",
                        1009,
                        ByteBuffer.allocate(14)
                                .put((byte) (FIN | TEXT))
                                .put((byte) 255)
                                .putLong(1L << 62)
                                .array()),
                Arguments.of(
                        "a frame that says -1 bytes",
                        1009,
                        ByteBuffer.allocate(14)
                                .put((byte) (FIN | TEXT))
                                .put((byte) 255)
                                .putLong(-1)
                                .array()),
                Arguments.of("close code 0", 1002, closeWith(0)),
                Arguments.of("close code 999", 1002, closeWith(999)),
                Arguments.of("close code 1004", 1002, closeWith(1004)),
                Arguments.of("close code 1005", 1002, closeWith(1005)),
                Arguments.of("close code 1006", 1002, closeWith(1006)),
                Arguments.of("close code 1015", 1002, closeWith(1015)),
                Arguments.of("close code 1016", 1002, closeWith(1016)),
                Arguments.of("close code 2999", 1002, closeWith(2999)),
                Arguments.of("close code 5000", 1002, closeWith(5000)),
                Arguments.of("half a close code", 1002, RawSocket.frame(FIN | CLOSE, new byte[1])),
                Arguments.of(
                        "a close reason that is no UTF-8",
                        1007,
                        RawSocket.frame(FIN | CLOSE, new byte[] {3, (byte) 0xe8, (byte) 0xff})));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("forbidden")
    void closesForForbiddenFrames(String what, int code, byte[] bytes) throws Exception {
        try (var socket = connect()) {
            socket.sendRaw(bytes);
            assertThat(socket.read(CLOSE).code()).isEqualTo(code);
            assertThat(socket.isDropped()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("forbidden")
    void closesForForbiddenFramesAfterAMessage(String what, int code, byte[] bytes)
            throws Exception {
        try (var socket = connect()) {
            socket.sendRaw(frames(RawSocket.frame(FIN | TEXT, utf8(PING_CALL)), bytes));
            assertThat(socket.read(CLOSE).code()).isEqualTo(code);
        }
    }

    @Test
    void negotiatesNoUnknownExtension() throws Exception {
        try (var socket =
                new RawSocket(
                        port,
                        "/mcp",
                        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits")) {
            assertThat(socket.status()).isEqualTo(101);
            assertThat(socket.response()).doesNotContainIgnoringCase("Sec-WebSocket-Extensions");
            socket.sendText(PING_CALL);
            assertThat(socket.read(TEXT).text()).contains("\"result\":{}");
        }
    }

    @Test
    void answersPingsBetweenFragments() throws Exception {
        byte[] call = utf8(PING_CALL);
        try (var socket = connect()) {
            socket.sendRaw(
                    frames(
                            RawSocket.frame(TEXT, Arrays.copyOf(call, 5)),
                            RawSocket.frame(FIN | PING, utf8("p")),
                            RawSocket.frame(CONTINUATION, new byte[0]),
                            RawSocket.frame(FIN | PONG, utf8("unasked")),
                            RawSocket.frame(FIN, Arrays.copyOfRange(call, 5, call.length))));
            assertThat(socket.read(PONG).text()).isEqualTo("p");
            assertThat(socket.read(TEXT).text()).contains("\"result\":{}");
        }
    }

    @Test
    void readsAMessageThatArrivesByteByByte() throws Exception {
        try (var socket = connect()) {
            for (byte each : RawSocket.frame(FIN | TEXT, utf8(PING_CALL))) {
                socket.sendRaw(new byte[] {each});
            }
            assertThat(socket.read(TEXT).text()).contains("\"result\":{}");
        }
    }

    @Test
    void joinsTenThousandFragmentsOfOneByte() throws Exception {
        byte[] call = utf8(PING_CALL.replace(":1,", ":\"" + "é".repeat(500) + "\","));
        try (var socket = connect()) {
            var bytes = new ByteArrayOutputStream();
            for (int i = 0; i < 10_000; i++) {
                bytes.writeBytes(RawSocket.frame(i == 0 ? TEXT : 0, new byte[] {' '}));
            }
            for (byte each : call) {
                bytes.writeBytes(RawSocket.frame(CONTINUATION, new byte[] {each}));
            }
            bytes.writeBytes(RawSocket.frame(FIN, new byte[0]));
            socket.sendRaw(bytes.toByteArray());
            assertThat(socket.read(TEXT).text()).contains("\"result\":{}");
        }
    }

    /** At a pace that the rate allows: each came in a buffer of its own, which is not kept. */
    @ParameterizedTest
    @ValueSource(ints = {TEXT, BINARY})
    void keepsNoBuffersOfSmallFragments(int opcode) throws Exception {
        try (var socket = connect()) {
            long before = Memory.usedAfterGc();
            byte[] crumb = RawSocket.frame(CONTINUATION, utf8(" "));
            socket.sendRaw(RawSocket.frame(opcode, utf8(" ")));
            byte[] crumbAndPing = frames(crumb, RawSocket.frame(FIN | PING, utf8("there?")));
            for (int i = 0; i < 8_000; i++) {
                socket.sendRaw(crumbAndPing);
                assertThat(socket.read(PONG).text()).isEqualTo("there?");
            }
            assertThat(Memory.usedAfterGc() - before).isLessThan(10 << 20);
        }
    }

    @Test
    void closesWith1009ForAnEndlessMessage() throws Exception {
        try (var socket = connect()) {
            CompletableFuture<Integer> closed = socket.readUntilClosed();
            socket.sendRaw(RawSocket.frame(TEXT, utf8(" ")));
            flood(socket, closed, RawSocket.frame(CONTINUATION, utf8(" ".repeat(64_000))));
            assertThat(closed.get(60, TimeUnit.SECONDS)).isEqualTo(1009);
        }
    }

    private static void flood(RawSocket socket, CompletableFuture<Integer> closed, byte[] bytes) {
        long end = System.nanoTime() + 20_000_000_000L;
        try {
            while (!closed.isDone() && System.nanoTime() < end) {
                socket.sendRaw(bytes);
            }
        } catch (IOException dropped) {
            // the close code holds the reason
        }
    }
}
