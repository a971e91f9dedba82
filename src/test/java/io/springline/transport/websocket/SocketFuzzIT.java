package io.springline.transport.websocket;

import static io.springline.testing.RawSocket.BINARY;
import static io.springline.testing.RawSocket.CONTINUATION;
import static io.springline.testing.RawSocket.FIN;
import static io.springline.testing.RawSocket.PING;
import static io.springline.testing.RawSocket.PONG;
import static io.springline.testing.RawSocket.TEXT;
import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.Fuzz;
import io.springline.testing.Memory;
import io.springline.testing.RandomJson;
import io.springline.testing.RandomMessages;
import io.springline.testing.RawSocket;
import io.springline.testing.TranscriptFixture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Import;

/** Random frames against the whole service: it lives, keeps nothing and logs nothing. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "springline.features.built-in=false",
            "springline.requests.rate=1000000/s",
            "springline.session.grace=1s"
        })
@Import(TranscriptFixture.class)
@ExtendWith(Undisturbed.class)
class SocketFuzzIT {

    private static final int ROUND = 50;

    @LocalServerPort int port;
    private long flat;
    private int attempts;

    @Test
    void survivesAndKeepsItsMemoryFlat() {
        Fuzz.search(
                "socket",
                (random, trace) -> {
                    try (var socket = new RawSocket(port, "/mcp", "Sec-WebSocket-Protocol: mcp")) {
                        if (random.nextBoolean()) {
                            rightFramesNeverEndIt(socket, random, trace);
                        } else {
                            anyFrames(socket, random, trace);
                        }
                    }
                    // at first the pools fill
                    if (++attempts == ROUND) {
                        flat = Memory.usedAfterGc();
                    } else if (attempts % ROUND == 0) {
                        assertThat(Memory.usedAfterGc() - flat).isLessThan(64 << 20);
                    }
                });
    }

    /** Whatever is in them, as long as fewer than twenty are malformed. */
    private static void rightFramesNeverEndIt(RawSocket socket, Random random, Fuzz.Trace trace)
            throws IOException {
        var messages = new RandomMessages(random, random.nextInt(1 << 30) + "-");
        for (int i = random.nextInt(19); i > 0; i--) {
            String text = messages.right();
            trace.add(text);
            send(socket, fragments(TEXT, text.getBytes(StandardCharsets.UTF_8), random), random);
        }
        socket.sendText("{\"jsonrpc\":\"2.0\",\"id\":\"last\",\"method\":\"ping\"}");
        while (true) {
            var frame = socket.read();
            assertThat(frame.code()).as("closed").isZero();
            if (frame.opcode() == TEXT && frame.text().contains("\"id\":\"last\"")) {
                return;
            }
        }
    }

    private static void anyFrames(RawSocket socket, Random random, Fuzz.Trace trace) {
        var closed = socket.readUntilClosed();
        var json = new RandomJson(random);
        var messages = new RandomMessages(random, random.nextInt(1 << 30) + "-");
        try {
            for (int i = random.nextInt(40); i > 0 && !closed.isDone(); i--) {
                String text = messages.next();
                trace.add(text);
                byte[] bytes =
                        json.oneIn(4) ? json.bytes(text) : text.getBytes(StandardCharsets.UTF_8);
                byte[] frames = fragments(json.oneIn(4) ? BINARY : TEXT, bytes, random);
                if (json.oneIn(6)) {
                    frames[random.nextInt(frames.length)] = (byte) random.nextInt();
                }
                if (json.oneIn(10)) {
                    frames = Arrays.copyOf(frames, random.nextInt(frames.length));
                }
                send(socket, frames, random);
            }
        } catch (IOException end) {
            // closed by the service, as it may
        }
    }

    /** The frames of one message, control frames among them now and then. */
    private static byte[] fragments(int opcode, byte[] message, Random random) {
        var frames = new ByteArrayOutputStream();
        int from = 0;
        while (true) {
            int rest = message.length - from;
            int length = random.nextInt(3) > 0 ? rest : random.nextInt(rest + 1);
            boolean last = length == rest;
            frames.writeBytes(
                    RawSocket.frame(
                            (last ? FIN : 0) | (frames.size() == 0 ? opcode : CONTINUATION),
                            Arrays.copyOfRange(message, from, from + length)));
            from += length;
            if (random.nextInt(8) == 0) {
                int control = random.nextBoolean() ? PING : PONG;
                frames.writeBytes(RawSocket.frame(FIN | control, new byte[random.nextInt(126)]));
            }
            if (last) {
                return frames.toByteArray();
            }
        }
    }

    /** Sends in a random number of pieces. */
    private static void send(RawSocket socket, byte[] bytes, Random random) throws IOException {
        int from = 0;
        while (from < bytes.length) {
            int length =
                    random.nextInt(4) > 0
                            ? bytes.length - from
                            : 1 + random.nextInt(Math.min(50, bytes.length - from));
            socket.sendRaw(Arrays.copyOfRange(bytes, from, from + length));
            from += length;
        }
    }
}
