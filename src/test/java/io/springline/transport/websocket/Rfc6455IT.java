package io.springline.transport.websocket;

import static io.springline.testing.RawSocket.BINARY;
import static io.springline.testing.RawSocket.CLOSE;
import static io.springline.testing.RawSocket.CONTINUATION;
import static io.springline.testing.RawSocket.FIN;
import static io.springline.testing.RawSocket.PING;
import static io.springline.testing.RawSocket.PONG;
import static io.springline.testing.RawSocket.TEXT;
import static io.springline.testing.RawSocket.frames;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.springline.testing.McpPeer;
import io.springline.testing.RawSocket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

/**
 * What RFC 6455 asks of a server, section by section, bytes in and frames out. What it forbids, and
 * what is then the close code, is the table of {@link HostileFramesIT}; compression, RFC 7692, that
 * of {@link Rfc7692IT}.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
class Rfc6455IT {

    private static final String CALL = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";
    private static final String RESULT = "text {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}";

    /** Behind it the server has seen all that was sent before. */
    private static final byte[] MARKER = frame(PING, "marker");

    @LocalServerPort int port;

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] frame(int opcode, String payload) {
        return RawSocket.frame(FIN | opcode, utf8(payload));
    }

    /** A frame that more will follow. */
    private static byte[] part(int opcode, String payload) {
        return RawSocket.frame(opcode, utf8(payload));
    }

    private static byte[] text(byte[] payload) {
        return RawSocket.frame(FIN | TEXT, payload);
    }

    private static byte[] close(int code, String reason) {
        byte[] text = utf8(reason);
        return RawSocket.frame(
                FIN | CLOSE,
                ByteBuffer.allocate(2 + text.length).putShort((short) code).put(text).array());
    }

    private static byte[] bytes(int... values) {
        var bytes = new byte[values.length];
        IntStream.range(0, values.length).forEach(i -> bytes[i] = (byte) values[i]);
        return bytes;
    }

    /** The call in a message of this many bytes. */
    private static byte[] padded(int length) {
        return utf8(CALL + " ".repeat(length - CALL.length()));
    }

    /** The same frame under another mask. */
    private static byte[] masked(int... mask) {
        byte[] payload = utf8(CALL);
        var frame = new ByteArrayOutputStream();
        frame.write(FIN | TEXT);
        frame.write(0x80 | payload.length);
        frame.writeBytes(bytes(mask));
        IntStream.range(0, payload.length).forEach(i -> frame.write(payload[i] ^ mask[i % 4]));
        return frame.toByteArray();
    }

    static Stream<Arguments> conversations() {
        return Stream.of(
                // 5.2 base framing
                arguments("5.2 length in 7 bits", text(utf8(CALL)), List.of(RESULT)),
                arguments("5.2 length 125", text(padded(125)), List.of(RESULT)),
                arguments("5.2 length 126, in 16 bits", text(padded(126)), List.of(RESULT)),
                arguments("5.2 length 127", text(padded(127)), List.of(RESULT)),
                arguments("5.2 length 65535", text(padded(65_535)), List.of(RESULT)),
                arguments("5.2 length 65536, in 64 bits", text(padded(65_536)), List.of(RESULT)),
                arguments("5.2 length 0", frames(frame(TEXT, ""), MARKER), List.of("pong marker")),
                arguments(
                        "5.2 two frames in one segment",
                        frames(frame(TEXT, CALL), frame(TEXT, CALL)),
                        List.of(RESULT, RESULT)),
                // 5.3 masking
                arguments("5.3 a mask of zeros", masked(0, 0, 0, 0), List.of(RESULT)),
                arguments("5.3 a mask of ones", masked(255, 255, 255, 255), List.of(RESULT)),
                arguments("5.3 any mask", masked(0x80, 7, 0xc3, 0x7f), List.of(RESULT)),
                // 5.4 fragmentation
                arguments(
                        "5.4 two fragments",
                        frames(part(TEXT, CALL.substring(0, 9)), frame(0, CALL.substring(9))),
                        List.of(RESULT)),
                arguments(
                        "5.4 empty first, middle and last fragment",
                        frames(
                                part(TEXT, ""),
                                part(CONTINUATION, CALL),
                                part(CONTINUATION, ""),
                                frame(CONTINUATION, "")),
                        List.of(RESULT)),
                arguments(
                        "5.4 nothing but empty fragments",
                        frames(
                                part(TEXT, ""),
                                part(CONTINUATION, ""),
                                frame(CONTINUATION, ""),
                                MARKER),
                        List.of("pong marker")),
                arguments(
                        "5.4 binary fragments that hold JSON are answered in text",
                        frames(part(BINARY, CALL.substring(0, 9)), frame(0, CALL.substring(9))),
                        List.of(RESULT)),
                arguments(
                        "5.4 control frames between fragments",
                        frames(
                                part(TEXT, CALL.substring(0, 9)),
                                frame(PING, "a"),
                                frame(PONG, "b"),
                                part(CONTINUATION, ""),
                                frame(PING, "c"),
                                frame(CONTINUATION, CALL.substring(9))),
                        List.of("pong a", "pong c", RESULT)),
                arguments(
                        "5.4 a close between fragments",
                        frames(part(TEXT, CALL.substring(0, 9)), close(1000, "")),
                        List.of("close 1000", "end")),
                // 5.5.1 close
                arguments(
                        "5.5.1 without a code",
                        RawSocket.frame(FIN | CLOSE, new byte[0]),
                        List.of("close", "end")),
                arguments("5.5.1 1000", close(1000, ""), List.of("close 1000", "end")),
                arguments("5.5.1 a reason", close(1000, "bye, é"), List.of("close 1000", "end")),
                arguments(
                        "5.5.1 a reason of 123 bytes",
                        close(1000, "x".repeat(123)),
                        List.of("close 1000", "end")),
                arguments(
                        "5.5.1 what comes behind it is not read",
                        frames(close(1000, ""), frame(TEXT, CALL), frame(PING, "late")),
                        List.of("close 1000", "end")),
                arguments(
                        "5.5.1 what came before it is answered",
                        frames(frame(PING, "early"), close(1001, "")),
                        List.of("pong early", "close 1001", "end")),
                arguments(
                        "5.5.1 twice is once",
                        frames(close(1000, ""), close(1000, "")),
                        List.of("close 1000", "end")),
                // 5.5.2 ping, 5.5.3 pong
                arguments(
                        "5.5.2 an empty ping",
                        RawSocket.frame(FIN | PING, new byte[0]),
                        List.of("pong ")),
                arguments(
                        "5.5.2 a ping of 125 bytes",
                        frame(PING, "p".repeat(125)),
                        List.of("pong " + "p".repeat(125))),
                arguments(
                        "5.5.2 ten pings, each answered and in order",
                        frames(
                                IntStream.range(0, 10)
                                        .mapToObj(i -> frame(PING, "" + i))
                                        .toArray(byte[][]::new)),
                        IntStream.range(0, 10).mapToObj(i -> "pong " + i).toList()),
                arguments(
                        "5.5.3 pongs that nobody asked for",
                        frames(frame(PONG, ""), frame(PONG, "x"), MARKER),
                        List.of("pong marker")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("conversations")
    void whatIsAllowedIsServed(String what, byte[] sent, List<String> answers) throws Exception {
        try (var socket = new RawSocket(port, "/mcp")) {
            socket.sendRaw(sent);
            for (String answer : answers) {
                assertThat(next(socket)).isEqualTo(answer);
            }
            if (!answers.getLast().equals("end")) {
                assertStillServed(socket);
            }
        }
    }

    private static String next(RawSocket socket) throws IOException {
        RawSocket.Frame frame;
        try {
            frame = socket.read();
        } catch (IOException end) {
            return "end";
        }
        return switch (frame.opcode()) {
            case TEXT -> "text " + frame.text();
            case PONG -> "pong " + frame.text();
            case CLOSE -> frame.code() == 0 ? "close" : "close " + frame.code();
            default -> "opcode " + frame.opcode();
        };
    }

    private static void assertStillServed(RawSocket socket) throws IOException {
        socket.sendRaw(frames(frame(PING, "still there?"), frame(TEXT, CALL)));
        assertThat(next(socket)).isEqualTo("pong still there?");
        assertThat(next(socket)).isEqualTo(RESULT);
    }

    /** 7.4: the server repeats the peer's close code. */
    @ParameterizedTest
    @ValueSource(
            ints = {
                1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999,
                4000, 4999
            })
    void aCloseCodeIsSaidBack(int code) throws Exception {
        try (var socket = new RawSocket(port, "/mcp")) {
            socket.sendRaw(close(code, ""));
            assertThat(next(socket)).isEqualTo("close " + code);
            assertThat(next(socket)).isEqualTo("end");
        }
    }

    /**
     * 8.1: the first and the last character of each length, and what lies beside the surrogates.
     */
    @ParameterizedTest
    @ValueSource(
            ints = {
                0x20, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfeff, 0xfffd, 0xfffe, 0xffff,
                0x10000, 0x1f600, 0x10fffe, 0x10ffff
            })
    void everyCharacterPasses(int codePoint) throws Exception {
        String character = Character.toString(codePoint);
        byte[] call =
                utf8(
                        """
                        {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{%s,"name":"echo",\
                        "arguments":{"message":"[%s]"}}}\
                        """
                                .formatted(McpPeer.meta("{}"), character));
        // whole, and cut in the middle of the character
        int middle = new String(call, StandardCharsets.ISO_8859_1).indexOf('[') + 2;
        byte[] head = RawSocket.frame(TEXT, Arrays.copyOf(call, middle));
        byte[] tail = RawSocket.frame(FIN, Arrays.copyOfRange(call, middle, call.length));
        for (byte[] message : List.of(text(call), frames(head, tail))) {
            try (var socket = new RawSocket(port, "/mcp")) {
                socket.sendRaw(message);
                String answer = socket.read(TEXT).text();
                assertThat(McpPeer.JSON.readTree(answer).at("/result/content/0/text").asString())
                        .isEqualTo("Echo: [" + character + "]");
            }
        }
    }

    static Stream<Arguments> noUtf8() {
        return Stream.of(
                arguments("a continuation byte alone", bytes(0x80)),
                arguments("two of them", bytes(0xbf, 0xbf)),
                arguments("a first byte alone", bytes('"', 0xc3, '"')),
                arguments("two bytes of three", bytes('"', 0xe2, 0x82, '"')),
                arguments("three bytes of four", bytes('"', 0xf0, 0x9f, 0x98, '"')),
                arguments("overlong in two", bytes(0xc1, 0xbf)),
                arguments("overlong in three", bytes(0xe0, 0x9f, 0xbf)),
                arguments("overlong in four", bytes(0xf0, 0x8f, 0xbf, 0xbf)),
                arguments("the last surrogate", bytes(0xed, 0xbf, 0xbf)),
                arguments("a pair of surrogates", bytes(0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80)),
                arguments("beyond U+10FFFF", bytes(0xf4, 0x90, 0x80, 0x80)),
                arguments("first byte F5", bytes(0xf5, 0x80, 0x80, 0x80)),
                arguments("five bytes", bytes(0xf8, 0x88, 0x80, 0x80, 0x80)),
                arguments("six bytes", bytes(0xfc, 0x84, 0x80, 0x80, 0x80, 0x80)),
                arguments("FE", bytes(0xfe)));
    }

    /** 8.1: in a message that is JSON otherwise, whole and byte by byte. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("noUtf8")
    void closesWith1007ForInvalidText(String what, byte[] wrong) throws Exception {
        byte[] message = frames(utf8("[\""), wrong, utf8("\"]"));
        var crumbs = new ByteArrayOutputStream();
        for (int i = 0; i < message.length; i++) {
            int last = i == message.length - 1 ? FIN : 0;
            crumbs.writeBytes(
                    RawSocket.frame(last | (i == 0 ? TEXT : CONTINUATION), bytes(message[i])));
        }
        for (byte[] sent : List.of(text(message), crumbs.toByteArray())) {
            try (var socket = new RawSocket(port, "/mcp")) {
                socket.sendRaw(sent);
                assertThat(next(socket)).isEqualTo("close 1007");
                assertThat(next(socket)).isEqualTo("end");
            }
        }
    }

    /** 4.2: variations of a valid handshake request. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Upgrade: WebSocket",
                "Connection: keep-alive, Upgrade",
                "Connection: upgrade",
                "Sec-WebSocket-Extensions: x-unknown; a=1, x-other",
                "Sec-WebSocket-Protocol: unheard-of",
                "X-Anything: at all"
            })
    void anUpgradeMayLookLikeThis(String header) throws Exception {
        try (var socket = new RawSocket(port, "/mcp", header)) {
            assertThat(socket.status()).isEqualTo(101);
            assertThat(socket.response())
                    .containsIgnoringCase("Upgrade: websocket\r\n")
                    .containsIgnoringCase("Connection: Upgrade\r\n")
                    // the example of section 1.3
                    .contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")
                    .doesNotContain("Sec-WebSocket-Extensions")
                    .doesNotContain("Sec-WebSocket-Protocol");
            assertStillServed(socket);
        }
    }

    /** 4.4: a client of another version gets the supported one. */
    @ParameterizedTest
    @ValueSource(strings = {"8", "12", "14", "x"})
    void answersAnotherVersionWithTheSupportedOne(String version) throws Exception {
        try (var socket = new RawSocket(port, "/mcp", "Sec-WebSocket-Version: " + version)) {
            assertThat(socket.status()).isBetween(400, 426);
            assertThat(socket.response()).containsIgnoringCase("Sec-WebSocket-Version: 13");
        }
    }
}
