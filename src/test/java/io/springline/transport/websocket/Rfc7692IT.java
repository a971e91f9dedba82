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
import static io.springline.testing.RawSocket.frame;
import static io.springline.testing.RawSocket.frames;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.springline.testing.McpPeer;
import io.springline.testing.RawSocket;
import io.springline.transport.websocket.jetty.MessageDeflateTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

/**
 * What RFC 7692 asks of a server, section by section, as {@link Rfc6455IT} does for RFC 6455; how
 * it is negotiated is the table of {@link Rfc7692OffersIT}. The client's zlib is the JDK's, with
 * nothing of the service around it.
 */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "springline.websocket.compression.enabled=true",
            "springline.websocket.max-message-size=1MB"
        })
class Rfc7692IT {

    private static final String OFFER =
            "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";
    private static final String CALL = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";
    private static final String RESULT = "text {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}";
    private static final byte[] PLAIN = frame(FIN | TEXT, utf8(CALL));
    private static final byte[] TAIL = {0, 0, -1, -1};
    private static final int LIMIT = 1 << 20;
    private static final int THRESHOLD = 1024;

    @LocalServerPort int port;

    private static byte[] utf8(String text) {
        return text.getBytes(UTF_8);
    }

    private static byte[] bytes(int... values) {
        var bytes = new ByteArrayOutputStream();
        Arrays.stream(values).forEach(bytes::write);
        return bytes.toByteArray();
    }

    /** A message of 7.2.1. */
    private static byte[] deflated(String text) {
        return MessageDeflateTest.deflated(utf8(text));
    }

    private static byte[] compressed(byte[] payload) {
        return frame(FIN | RSV1 | TEXT, payload);
    }

    /** The message in fragments of this many bytes, with a frame between each two. */
    private static byte[] fragments(byte[] payload, int size, byte[] between) {
        var all = new ByteArrayOutputStream();
        for (int i = 0; i < payload.length; i += size) {
            int end = Math.min(i + size, payload.length);
            int first = (i == 0 ? RSV1 | TEXT : CONTINUATION) | (end == payload.length ? FIN : 0);
            all.writeBytes(i == 0 ? new byte[0] : between);
            all.writeBytes(frame(first, Arrays.copyOfRange(payload, i, end)));
        }
        return all.toByteArray();
    }

    /** A block without compression, which says of itself that it has this length. */
    private static byte[] stored(int length, String text) {
        return frames(bytes(0, length, length >> 8, ~length, ~(length >> 8)), utf8(text), bytes(0));
    }

    /** The call, and its last block marked as such (7.2.3.4). */
    private static byte[] finished(byte... behind) {
        var zlib = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
        zlib.setInput(utf8(CALL));
        zlib.finish();
        byte[] out = new byte[200];
        int length = zlib.deflate(out);
        zlib.end();
        return frames(Arrays.copyOf(out, length), behind);
    }

    /** The same call twice, the second as a reference to the first (7.2.3.2). */
    private static byte[] withContext() {
        var zlib = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
        var messages = new ArrayList<byte[]>();
        for (int i = 0; i < 2; i++) {
            zlib.setInput(utf8(CALL));
            byte[] out = new byte[200];
            int length = zlib.deflate(out, 0, out.length, Deflater.SYNC_FLUSH);
            messages.add(compressed(Arrays.copyOf(out, length - TAIL.length)));
        }
        zlib.end();
        return frames(messages.getFirst(), messages.getLast());
    }

    private static byte[] inflated(byte[] payload) throws DataFormatException {
        var zlib = new Inflater(true);
        zlib.setInput(frames(payload, TAIL));
        byte[] out = new byte[2 * LIMIT];
        int length = zlib.inflate(out);
        zlib.end();
        return Arrays.copyOf(out, length);
    }

    static Stream<Arguments> conversations() {
        byte[] call = deflated(CALL);
        byte[] marker = frame(FIN | PING, utf8("marker"));
        String parseError = "text {\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32700";
        return Stream.of(
                // 6 messages, compressed and not, in fragments or whole
                arguments("6 compressed", compressed(call), List.of(RESULT)),
                arguments("6 not compressed", PLAIN, List.of(RESULT)),
                arguments(
                        "6 in turns",
                        frames(PLAIN, compressed(call), PLAIN, compressed(call), compressed(call)),
                        List.of(RESULT, RESULT, RESULT, RESULT, RESULT)),
                arguments("6 binary", frame(FIN | RSV1 | BINARY, call), List.of(RESULT)),
                arguments("6.1 two fragments", fragments(call, 20, bytes()), List.of(RESULT)),
                arguments("6.1 byte by byte", fragments(call, 1, bytes()), List.of(RESULT)),
                arguments(
                        "6.1 empty fragments",
                        frames(
                                frame(RSV1 | TEXT, bytes()),
                                frame(CONTINUATION, call),
                                frame(CONTINUATION, bytes()),
                                frame(FIN | CONTINUATION, bytes())),
                        List.of(RESULT)),
                arguments(
                        "6.1 fragments that are not compressed",
                        frames(
                                frame(TEXT, utf8(CALL.substring(0, 9))),
                                frame(FIN | CONTINUATION, utf8(CALL.substring(9))),
                                compressed(call)),
                        List.of(RESULT, RESULT)),
                arguments(
                        "6.1 control frames between fragments",
                        frames(
                                fragments(call, call.length / 2 + 1, marker),
                                fragments(call, call.length / 2 + 1, frame(FIN | PONG, bytes(1)))),
                        List.of("pong marker", RESULT, RESULT)),
                arguments(
                        "6.1 a close between fragments",
                        frames(frame(RSV1 | TEXT, call), frame(FIN | CLOSE, bytes(3, 0xe8))),
                        List.of("close 1000", "end")),
                // 7.2.2 allowed in a message
                arguments(
                        "7.2.3.3 a block without compression",
                        compressed(stored(CALL.length(), CALL)),
                        List.of(RESULT)),
                arguments(
                        "7.2.3.3 a block without compression, byte by byte",
                        fragments(stored(CALL.length(), CALL), 1, bytes()),
                        List.of(RESULT)),
                arguments(
                        "7.2.3.4 a block marked as the last",
                        compressed(finished((byte) 0)),
                        List.of(RESULT)),
                arguments("7.2.3.4 and nothing behind it", compressed(finished()), List.of(RESULT)),
                arguments(
                        "7.2.3.5 two blocks",
                        compressed(
                                frames(
                                        deflated(CALL.substring(0, 9)),
                                        TAIL,
                                        deflated(CALL.substring(9)))),
                        List.of(RESULT)),
                arguments(
                        "7.2.3.6 an empty message",
                        frames(compressed(bytes(0)), marker, compressed(call)),
                        List.of("pong marker", RESULT)),
                arguments(
                        "7.2.3.6 an empty message in fragments",
                        frames(fragments(frames(bytes(0), TAIL, bytes(0)), 2, bytes()), marker),
                        List.of("pong marker")),
                arguments(
                        "larger than what is in it",
                        compressed(frames(frames(bytes(0), TAIL, bytes(0), TAIL), call)),
                        List.of(RESULT)),
                arguments(
                        "as large as is allowed",
                        compressed(deflated(CALL + " ".repeat(LIMIT - CALL.length()))),
                        List.of(RESULT)),
                arguments(
                        "a mistake within is answered as any other",
                        frames(compressed(deflated("{")), compressed(call)),
                        List.of(parseError, RESULT)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("conversations")
    void whatIsAllowedIsServed(String what, byte[] sent, List<String> answers) throws Exception {
        try (var socket = new RawSocket(port, "/mcp", OFFER)) {
            socket.sendRaw(sent);
            for (String answer : answers) {
                assertThat(next(socket)).startsWith(answer);
            }
        }
    }

    static Stream<Arguments> forbidden() {
        byte[] call = deflated(CALL);
        byte[] half = Arrays.copyOf(call, call.length / 2);
        return Stream.of(
                // 6 the bit
                arguments("6.1 a ping", 1002, frame(FIN | RSV1 | PING, bytes())),
                arguments("6.1 a pong", 1002, frame(FIN | RSV1 | PONG, call)),
                arguments("6.1 a close", 1002, frame(FIN | RSV1 | CLOSE, bytes(3, 0xe8))),
                arguments(
                        "6.1 a ping between fragments",
                        1002,
                        frames(frame(RSV1 | TEXT, half), frame(FIN | RSV1 | PING, bytes()))),
                arguments(
                        "6.1 the second fragment too",
                        1002,
                        frames(frame(RSV1 | TEXT, half), frame(FIN | RSV1, half))),
                arguments(
                        "6.1 the second fragment only",
                        1002,
                        frames(frame(TEXT, utf8("{")), frame(FIN | RSV1, half))),
                arguments("RSV2", 1002, frame(FIN | RSV2 | TEXT, call)),
                arguments("RSV3", 1002, frame(FIN | RSV3 | TEXT, call)),
                arguments("RSV2 beside RSV1", 1002, frame(FIN | RSV1 | RSV2 | TEXT, call)),
                // 7.2.2 data that cannot be inflated
                arguments("nothing", 1007, compressed(bytes())),
                arguments("not compressed", 1007, compressed(utf8(CALL))),
                arguments("ones", 1007, compressed(bytes(255, 255, 255))),
                arguments("a kind of block that is none", 1007, compressed(bytes(6, 0, 0))),
                arguments("in fragments", 1007, fragments(bytes(255, 255, 255), 1, bytes())),
                arguments("cut off", 1007, compressed(half)),
                arguments(
                        "cut off by a byte",
                        1007,
                        compressed(Arrays.copyOf(call, call.length - 1))),
                arguments(
                        "cut off in a last block", 1007, compressed(Arrays.copyOf(finished(), 20))),
                arguments("a length that is too small", 1007, compressed(stored(5, CALL))),
                arguments("a length that is too large", 1007, compressed(stored(500, CALL))),
                arguments(
                        "a length and not its complement",
                        1007,
                        compressed(bytes(0, 1, 0, 1, 0, '1', 0))),
                arguments("the tail left on", 1007, compressed(frames(call, TAIL))),
                arguments("7.1.1.2 context takeover", 1007, withContext()),
                // and data that is not a message after inflating
                arguments(
                        "no UTF-8",
                        1007,
                        compressed(MessageDeflateTest.deflated(bytes('"', 0xff)))),
                arguments(
                        "half a character",
                        1007,
                        fragments(MessageDeflateTest.deflated(bytes('"', 0xe2, 0x82)), 2, bytes())),
                arguments(
                        "a byte more than allowed",
                        1009,
                        compressed(deflated(CALL + " ".repeat(LIMIT + 1 - CALL.length())))),
                arguments(
                        "a bomb",
                        1009,
                        compressed(MessageDeflateTest.deflated(new byte[500 << 20]))),
                arguments(
                        "more than allowed before it is inflated",
                        1009,
                        fragments(new byte[LIMIT + 1], LIMIT, bytes())));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("forbidden")
    void closesForForbiddenFrames(String what, int code, byte[] bytes) throws Exception {
        try (var socket = new RawSocket(port, "/mcp", OFFER)) {
            sendUnlessClosed(socket, bytes);
            assertThat(socket.read(CLOSE).code()).isEqualTo(code);
            assertThat(next(socket)).isEqualTo("end");
        }
    }

    /**
     * The server closes when it has read enough, which may be before it has been sent everything.
     */
    private static void sendUnlessClosed(RawSocket socket, byte[] bytes) throws IOException {
        try {
            socket.sendRaw(bytes);
        } catch (SocketException e) {
            // earlier answers can still be read
        }
    }

    /** 6: without negotiation, the client may not compress, and the server does not. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Nothing: offered",
                "Sec-WebSocket-Extensions: permessage-deflate; unknown"
            })
    void withoutAnAgreementThereIsNoCompression(String header) throws Exception {
        try (var socket = new RawSocket(port, "/mcp", header)) {
            socket.sendText(echo("x".repeat(2 * THRESHOLD)));
            assertThat(socket.read().first()).isEqualTo(FIN | TEXT);
            socket.sendRaw(compressed(deflated(CALL)));
            assertThat(next(socket)).isEqualTo("close 1002");
        }
    }

    /** 6: messages from some length on are compressed, each one independently. */
    @Test
    void compressesFromTheThreshold() throws Exception {
        try (var socket = new RawSocket(port, "/mcp", OFFER)) {
            socket.sendText(echo(""));
            int rest = THRESHOLD - socket.read().payload().length;
            socket.sendText(echo("x".repeat(rest - 1)));
            RawSocket.Frame below = socket.read();
            assertThat(below.first()).isEqualTo(FIN | TEXT);
            assertThat(below.payload()).hasSize(THRESHOLD - 1);
            var payloads = new ArrayList<byte[]>();
            for (int i = 0; i < 2; i++) {
                socket.sendText(echo("x".repeat(rest)));
                RawSocket.Frame above = socket.read();
                assertThat(above.first()).isEqualTo(FIN | RSV1 | TEXT);
                payloads.add(above.payload());
            }
            assertThat(inflated(payloads.getFirst())).hasSize(THRESHOLD);
            assertThat(payloads.getFirst()).hasSizeLessThan(THRESHOLD / 2);
            assertThat(payloads.getLast()).isEqualTo(payloads.getFirst());
        }
    }

    /** 6.1: the first of several fragments has the bit, the others have not. */
    @Test
    void sendsACompressedMessageInFragments() throws Exception {
        String noise =
                new Random(1)
                        .ints(700_000, '0', 'z')
                        .filter(Character::isLetterOrDigit)
                        .mapToObj(Character::toString)
                        .collect(Collectors.joining());
        try (var socket = new RawSocket(port, "/mcp", OFFER)) {
            socket.sendText(echo(noise));
            RawSocket.Frame frame = socket.read();
            assertThat(frame.first()).isEqualTo(RSV1 | TEXT);
            var message = new ByteArrayOutputStream();
            message.writeBytes(frame.payload());
            while ((frame.first() & FIN) == 0) {
                frame = socket.read();
                assertThat(frame.first() & ~FIN).isEqualTo(CONTINUATION);
                message.writeBytes(frame.payload());
            }
            String text = new String(inflated(message.toByteArray()), UTF_8);
            assertThat(McpPeer.JSON.readTree(text).at("/result/content/0/text").asString())
                    .isEqualTo("Echo: " + noise);
        }
    }

    private static String echo(String message) {
        return """
        {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{%s,"name":"echo",\
        "arguments":{"message":"%s"}}}\
        """
                .formatted(McpPeer.meta("{}"), message);
    }

    private static String next(RawSocket socket) throws IOException {
        RawSocket.Frame frame;
        try {
            frame = socket.read();
        } catch (IOException end) {
            return "end";
        }
        return switch (frame.first() & ~FIN) {
            case TEXT -> "text " + frame.text();
            case PONG -> "pong " + frame.text();
            case CLOSE -> "close " + frame.code();
            default -> "frame " + Integer.toHexString(frame.first());
        };
    }
}
