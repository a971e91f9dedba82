package io.springline.testing;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

/**
 * A WebSocket client that does only what it is told: it answers no ping, and reads nothing unless
 * asked to. For what a well-behaved client cannot do.
 */
public final class RawSocket implements AutoCloseable {

    public static final int CONTINUATION = 0;
    public static final int TEXT = 1;
    public static final int BINARY = 2;
    public static final int CLOSE = 8;
    public static final int PING = 9;
    public static final int PONG = 10;

    /** The bits beside the opcode in the first byte of a frame. */
    public static final int FIN = 0x80;

    public static final int RSV1 = 0x40;
    public static final int RSV2 = 0x20;
    public static final int RSV3 = 0x10;

    private static final byte[] MASK = {1, 2, 3, 4};

    /**
     * @param first the first byte: opcode, {@link #FIN} and the reserved bits
     */
    public record Frame(int first, byte[] payload) {
        public int opcode() {
            return first & 15;
        }

        /** The close code, or 0 for another frame. */
        public int code() {
            return opcode() == CLOSE && payload.length >= 2
                    ? (payload[0] & 0xff) << 8 | payload[1] & 0xff
                    : 0;
        }

        public String text() {
            return new String(payload, StandardCharsets.UTF_8);
        }
    }

    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;
    private final String response;

    /** Connects and asks for an upgrade with these header lines besides the required ones. */
    public RawSocket(int port, String path, String... headers) throws IOException {
        this(port, path, 0, headers);
    }

    /**
     * @param receiveBuffer in bytes, 0 for the default
     */
    public RawSocket(int port, String path, int receiveBuffer, String... headers)
            throws IOException {
        socket = connected(port, receiveBuffer);
        in = new DataInputStream(socket.getInputStream());
        out = socket.getOutputStream();
        out.write(request(port, path, headers).getBytes(StandardCharsets.ISO_8859_1));
        response = head();
    }

    private RawSocket(Socket connected) throws IOException {
        socket = connected;
        in = new DataInputStream(socket.getInputStream());
        out = socket.getOutputStream();
        response = "";
    }

    /** A TCP connection on which nothing has been asked for. */
    public static RawSocket withoutRequest(int port) throws IOException {
        return withoutRequest(port, 0);
    }

    /**
     * @param receiveBuffer in bytes, 0 for the default
     */
    public static RawSocket withoutRequest(int port, int receiveBuffer) throws IOException {
        return new RawSocket(connected(port, receiveBuffer));
    }

    private static Socket connected(int port, int receiveBuffer) throws IOException {
        var socket = new Socket();
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
        }
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress("127.0.0.1", port), 10_000);
        socket.setSoTimeout(30_000);
        return socket;
    }

    /** The upgrade request of the constructors. */
    public static String request(int port, String path, String... headers) {
        var request = new StringBuilder("GET " + path + " HTTP/1.1\r\n");
        String[] usual = {
            "Host: 127.0.0.1:" + port,
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
        };
        for (String line : usual) {
            String name = line.substring(0, line.indexOf(':') + 1);
            if (Arrays.stream(headers).noneMatch(given -> given.startsWith(name))) {
                request.append(line).append("\r\n");
            }
        }
        for (String line : headers) {
            request.append(line).append("\r\n");
        }
        return request.append("\r\n").toString();
    }

    /** The status line and headers of the answer. */
    public String response() {
        return response;
    }

    public int status() {
        return Integer.parseInt(response.split(" ", 3)[1]);
    }

    /** Reads up to the end of a head, or of the stream. */
    public String head() throws IOException {
        var head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                break;
            }
            head.append((char) next);
        }
        return head.toString();
    }

    public void sendText(String text) throws IOException {
        send(TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Sends a whole message, or a control frame. */
    public void send(int opcode, byte[] payload) throws IOException {
        sendRaw(frame(FIN | opcode, payload));
    }

    /** Sends these bytes as they are. */
    public void sendRaw(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    /**
     * The bytes of a masked frame.
     *
     * @param first the first byte: opcode, {@link #FIN} and the reserved bits
     */
    public static byte[] frame(int first, byte[] payload) {
        var frame = header(first, 0x80, payload.length);
        frame.writeBytes(MASK);
        for (int i = 0; i < payload.length; i++) {
            frame.write(payload[i] ^ MASK[i & 3]);
        }
        return frame.toByteArray();
    }

    /** These one after another, to be sent in one go. */
    public static byte[] frames(byte[]... frames) {
        var all = new ByteArrayOutputStream();
        for (byte[] each : frames) {
            all.writeBytes(each);
        }
        return all.toByteArray();
    }

    /** The bytes of a frame that is not masked, as only a server may send it. */
    public static byte[] unmasked(int first, byte[] payload) {
        var frame = header(first, 0, payload.length);
        frame.writeBytes(payload);
        return frame.toByteArray();
    }

    private static ByteArrayOutputStream header(int first, int mask, int length) {
        var header = new ByteArrayOutputStream(length + 14);
        header.write(first);
        if (length < 126) {
            header.write(mask | length);
        } else if (length < 1 << 16) {
            header.write(mask | 126);
            header.writeBytes(ByteBuffer.allocate(2).putShort((short) length).array());
        } else {
            header.write(mask | 127);
            header.writeBytes(ByteBuffer.allocate(8).putLong(length).array());
        }
        return header;
    }

    /**
     * Reads and throws away on a thread of its own; for a client that is busy sending. Done with
     * the close code, or with 1006 when the connection ended without one.
     */
    public CompletableFuture<Integer> readUntilClosed() {
        var closed = new CompletableFuture<Integer>();
        // Not virtual: a service that is flooded in this JVM would keep the carriers busy.
        Thread.ofPlatform()
                .daemon()
                .start(() -> {
                    try {
                        closed.complete(read(CLOSE).code());
                    } catch (IOException e) {
                        closed.complete(1006);
                    }
                });
        return closed;
    }

    /** The next frame, fragments not joined; throws at the end of the stream. */
    public Frame read() throws IOException {
        int first = in.readUnsignedByte();
        int second = in.readUnsignedByte();
        long length = second & 127;
        if (length == 126) {
            length = in.readUnsignedShort();
        } else if (length == 127) {
            length = in.readLong();
        }
        byte[] payload = new byte[(int) length];
        in.readFully(payload);
        return new Frame(first, payload);
    }

    /** The next frame of this kind, others passed over. */
    public Frame read(int opcode) throws IOException {
        while (true) {
            Frame frame = read();
            if (frame.opcode() == opcode) {
                return frame;
            }
        }
    }

    /** Whether the server has dropped the TCP connection; reads what is left. */
    public boolean isDropped() {
        try {
            while (in.read() >= 0) {}
            return true;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    /** Drops the connection by a TCP reset (SO_LINGER 0): what was not sent is lost. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
