package io.springline.transport.websocket;

import static io.springline.testing.RawSocket.BINARY;
import static io.springline.testing.RawSocket.CONTINUATION;
import static io.springline.testing.RawSocket.FIN;
import static io.springline.testing.RawSocket.PING;
import static io.springline.testing.RawSocket.PONG;
import static io.springline.testing.RawSocket.TEXT;
import static io.springline.testing.RawSocket.frames;
import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.RawSocket;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.TestPropertySource;

/** More frames than the rate allows. The rate is low, so that a slow machine floods, too. */
@HostileTest
@TestPropertySource(properties = "springline.requests.rate=500/s")
class FrameFloodsIT {

    private static final String PING_CALL = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";

    @LocalServerPort int port;

    private RawSocket connect() throws IOException {
        return new RawSocket(port, "/mcp", "Sec-WebSocket-Protocol: mcp");
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static final byte[] ONE_BYTE = {' '};

    static Stream<Arguments> floods() {
        return Stream.of(
                Arguments.of("pings", new byte[0], RawSocket.frame(FIN | PING, ONE_BYTE)),
                Arguments.of("pongs", new byte[0], RawSocket.frame(FIN | PONG, ONE_BYTE)),
                Arguments.of(
                        "fragments of one byte",
                        RawSocket.frame(TEXT, ONE_BYTE),
                        RawSocket.frame(CONTINUATION, ONE_BYTE)),
                Arguments.of("empty messages", new byte[0], RawSocket.frame(FIN | TEXT, ONE_BYTE)),
                Arguments.of(
                        "requests", new byte[0], RawSocket.frame(FIN | TEXT, utf8(PING_CALL))));
    }

    static Stream<Arguments> moreFloods() {
        return Stream.of(
                Arguments.of(
                        "large pings", new byte[0], RawSocket.frame(FIN | PING, new byte[125])),
                Arguments.of(
                        "binary fragments of one byte",
                        RawSocket.frame(BINARY, ONE_BYTE),
                        RawSocket.frame(CONTINUATION, ONE_BYTE)),
                Arguments.of(
                        "empty fragments",
                        RawSocket.frame(TEXT, ONE_BYTE),
                        RawSocket.frame(CONTINUATION, new byte[0])),
                Arguments.of(
                        "notifications",
                        new byte[0],
                        RawSocket.frame(
                                FIN | TEXT,
                                utf8("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\"}"))));
    }

    /** Sends until the server closes the connection, at most for 20 s. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("floods")
    void closesAFloodWith4429(String what, byte[] first, byte[] frame) throws Exception {
        try (var socket = connect()) {
            CompletableFuture<Integer> closed = socket.readUntilClosed();
            socket.sendRaw(first);
            byte[] hundred = frames(Stream.generate(() -> frame).limit(100).toArray(byte[][]::new));
            flood(socket, closed, hundred);
            assertThat(closed.get(60, TimeUnit.SECONDS)).isEqualTo(4429);
        }
    }

    @ParameterizedTest(name = "{0}")
    @Tag("slow")
    @MethodSource("moreFloods")
    void closesFurtherFloodsWith4429(String what, byte[] first, byte[] frame) throws Exception {
        closesAFloodWith4429(what, first, frame);
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
