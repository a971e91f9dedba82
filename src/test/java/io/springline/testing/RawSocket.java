package io.springline.testing;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A WebSocket client that does only what it is told: it answers no ping, and reads nothing unless
 * asked to. For what a well-behaved client cannot do.
 */
public final class RawSocket implements AutoCloseable {

    public static final int TEXT = 1;
    public static final int CLOSE = 8;
    public static final int PING = 9;

    /**
     * @param code the close code, or 0 for another frame
     */
    public record Frame(int opcode, byte[] payload) {
        public int code() {
            return opcode == CLOSE && payload.length >= 2
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
        socket = new Socket();
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
        }
        socket.connect(new InetSocketAddress("127.0.0.1", port), 10_000);
        socket.setSoTimeout(30_000);
        in = new DataInputStream(socket.getInputStream());
        out = socket.getOutputStream();
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
        out.write(request.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        response = head();
    }

    /** The status line and headers of the answer. */
    public String response() {
        return response;
    }

    public int status() {
        return Integer.parseInt(response.split(" ", 3)[1]);
    }

    private String head() throws IOException {
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

    public void send(int opcode, byte[] payload) throws IOException {
        byte[] mask = {1, 2, 3, 4};
        var frame = new java.io.ByteArrayOutputStream();
        frame.write(0x80 | opcode);
        if (payload.length < 126) {
            frame.write(0x80 | payload.length);
        } else {
            frame.write(0x80 | 127);
            frame.writeBytes(java.nio.ByteBuffer.allocate(8).putLong(payload.length).array());
        }
        frame.writeBytes(mask);
        for (int i = 0; i < payload.length; i++) {
            frame.write(payload[i] ^ mask[i & 3]);
        }
        out.write(frame.toByteArray());
        out.flush();
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
        return new Frame(first & 15, payload);
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

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
