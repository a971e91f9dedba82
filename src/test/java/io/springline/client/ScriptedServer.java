package io.springline.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.RawSocket;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A WebSocket server that does only what the test tells it to, frame by frame; pings of the client
 * are answered while it waits for a message.
 */
public final class ScriptedServer implements AutoCloseable {

    public static final JsonMapper JSON = new JsonMapper();

    private static final int PONG = 10;
    private static final int PATIENCE_MILLIS = 60_000;

    private final ServerSocket server;
    private final List<Peer> peers = new CopyOnWriteArrayList<>();

    public ScriptedServer() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        server.setSoTimeout(PATIENCE_MILLIS);
    }

    public URI uri() {
        return URI.create("ws://127.0.0.1:%d/mcp".formatted(server.getLocalPort()));
    }

    /** The next connection, its request read and not yet answered. */
    public Peer accept() throws IOException {
        Peer peer = new Peer(server.accept());
        peers.add(peer);
        return peer;
    }

    /** The next connection, upgraded, its {@code springline/open} answered. */
    public Peer acceptOpen(String token) throws IOException {
        Peer peer = accept().upgrade();
        peer.answerOpen(token);
        return peer;
    }

    /** The next connection, upgraded, its {@code springline/resume} answered; returns it. */
    Peer acceptResume(String token, long received, String fresh, long sent) throws IOException {
        Peer peer = accept().upgrade();
        JsonNode resume = peer.receive();
        assertThat(resume.path("method").asString()).isEqualTo("springline/resume");
        assertThat(resume.at("/params/token").asString()).isEqualTo(token);
        assertThat(resume.at("/params/epoch").asString()).isEqualTo("e-" + token.charAt(0));
        assertThat(resume.at("/params/received").asLong()).isEqualTo(received);
        peer.result(
                resume,
                """
                {"resumed":true,"token":"%s","epoch":"e-%s","graceMs":1000,"maxBufferedBytes":4000,"sent":%d}\
                """
                        .formatted(fresh, fresh.charAt(0), sent));
        return peer;
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Peer peer : peers) {
            peer.close();
        }
    }

    /** One connection. */
    public static final class Peer implements AutoCloseable {

        private final Socket socket;
        private final DataInputStream in;
        private final String head;
        private boolean answersPings = true;

        private Peer(Socket socket) throws IOException {
            this.socket = socket;
            socket.setSoTimeout(PATIENCE_MILLIS);
            in = new DataInputStream(socket.getInputStream());
            var read = new StringBuilder();
            while (read.indexOf("\r\n\r\n") < 0) {
                read.append((char) in.readUnsignedByte());
            }
            head = read.toString();
        }

        /** A header of the request, or the empty string. */
        String header(String name) {
            return head.lines()
                    .filter(line -> line.toLowerCase().startsWith(name.toLowerCase() + ":"))
                    .map(line -> line.substring(name.length() + 1).strip())
                    .findFirst()
                    .orElse("");
        }

        public void refuse(int status, String... headers) throws IOException {
            var response = new StringBuilder("HTTP/1.1 %d No\r\n".formatted(status));
            for (String header : headers) {
                response.append(header).append("\r\n");
            }
            write(response.append("Content-Length: 0\r\n\r\n").toString());
            socket.close();
        }

        Peer upgrade() throws IOException {
            assertThat(header("Sec-WebSocket-Protocol")).isEqualTo("mcp");
            write(
                    """
                    HTTP/1.1 101 Switching Protocols\r
                    Upgrade: websocket\r
                    Connection: Upgrade\r
                    Sec-WebSocket-Protocol: mcp\r
                    Sec-WebSocket-Accept: %s\r
                    \r
                    """
                            .formatted(accept(header("Sec-WebSocket-Key"))));
            return this;
        }

        private static String accept(String key) {
            try {
                byte[] digest =
                        MessageDigest.getInstance("SHA-1")
                                .digest(
                                        (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
                                                .getBytes(StandardCharsets.ISO_8859_1));
                return Base64.getEncoder().encodeToString(digest);
            } catch (NoSuchAlgorithmException e) {
                throw new AssertionError(e);
            }
        }

        private void write(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        }

        void answerOpen(String token) throws IOException {
            JsonNode open = receive();
            assertThat(open.path("method").asString()).isEqualTo("springline/open");
            result(
                    open,
                    """
                    {"token":"%s","epoch":"e-%s","graceMs":1000,"maxBufferedBytes":4000}\
                    """
                            .formatted(token, token.charAt(0)));
        }

        void refuseResume(String reason) throws IOException {
            JsonNode resume = receive();
            assertThat(resume.path("method").asString()).isEqualTo("springline/resume");
            error(
                    resume,
                    "{\"code\":-32602,\"message\":\"no\",\"data\":{\"reason\":\"%s\"}}"
                            .formatted(reason));
        }

        /** The next message that is no acknowledgement. */
        public JsonNode receive() throws IOException {
            while (true) {
                JsonNode message = receiveAny();
                if (!message.path("method").asString("").equals("springline/ack")) {
                    return message;
                }
            }
        }

        /** The next message; its fragments are joined. */
        JsonNode receiveAny() throws IOException {
            return JSON.readTree(receiveText());
        }

        /** Reads until the client has acknowledged so many messages. */
        void awaitAcknowledged(long messages) throws IOException {
            JsonNode message;
            do {
                message = receiveAny();
            } while (!message.path("method").asString("").equals("springline/ack")
                    || message.at("/params/received").asLong() < messages);
        }

        /** The code of the client's close frame. */
        public int receiveClose() throws IOException {
            while (true) {
                Frame frame = read();
                if (frame.opcode == RawSocket.CLOSE) {
                    return ByteBuffer.wrap(frame.payload).getShort() & 0xffff;
                }
            }
        }

        void ignorePings() {
            answersPings = false;
        }

        /** Answers so many pings, and passes over all else. */
        void answerPings(int count) throws IOException {
            for (int answered = 0; answered < count; ) {
                Frame frame = read();
                if (frame.opcode == RawSocket.PING) {
                    write(PONG, frame.payload);
                    answered++;
                }
            }
        }

        private String receiveText() throws IOException {
            var text = new ByteArrayOutputStream();
            while (true) {
                Frame frame = read();
                switch (frame.opcode) {
                    case RawSocket.PING -> {
                        if (answersPings) {
                            write(PONG, frame.payload);
                        }
                    }
                    case 0, RawSocket.TEXT -> {
                        text.writeBytes(frame.payload);
                        if (frame.last) {
                            return text.toString(StandardCharsets.UTF_8);
                        }
                    }
                    case RawSocket.CLOSE -> throw new IOException("closed by the client");
                    default -> {}
                }
            }
        }

        private record Frame(boolean last, int opcode, byte[] payload) {}

        private Frame read() throws IOException {
            int first = in.readUnsignedByte();
            long length = in.readUnsignedByte() & 127;
            if (length == 126) {
                length = in.readUnsignedShort();
            } else if (length == 127) {
                length = in.readLong();
            }
            byte[] mask = in.readNBytes(4);
            byte[] payload = in.readNBytes((int) length);
            for (int i = 0; i < payload.length; i++) {
                payload[i] ^= mask[i & 3];
            }
            return new Frame((first & 0x80) != 0, first & 15, payload);
        }

        public void send(String json) throws IOException {
            write(RawSocket.TEXT, json.getBytes(StandardCharsets.UTF_8));
        }

        public void result(JsonNode request, String result) throws IOException {
            send(
                    "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":%s}"
                            .formatted(request.get("id"), result));
        }

        void error(JsonNode request, String error) throws IOException {
            send(
                    "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":%s}"
                            .formatted(request.get("id"), error));
        }

        public void close(int code) throws IOException {
            write(RawSocket.CLOSE, ByteBuffer.allocate(2).putShort(0, (short) code).array());
        }

        private void write(int opcode, byte[] payload) throws IOException {
            var frame = new ByteArrayOutputStream();
            frame.write(0x80 | opcode);
            if (payload.length < 126) {
                frame.write(payload.length);
            } else if (payload.length < 65536) {
                frame.write(126);
                frame.writeBytes(
                        ByteBuffer.allocate(2).putShort(0, (short) payload.length).array());
            } else {
                frame.write(127);
                frame.writeBytes(ByteBuffer.allocate(8).putLong(0, payload.length).array());
            }
            frame.writeBytes(payload);
            socket.getOutputStream().write(frame.toByteArray());
        }

        /** Cuts the TCP connection, without a close frame. */
        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
