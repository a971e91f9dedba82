package io.springline.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * Stands between a real client and the service and reads along: what the service sends is held
 * against the schemas, byte for byte as it passes. Text messages without extensions.
 */
public final class SchemaTap implements AutoCloseable {

    private final ServerSocket listening;
    private final int port;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final List<String> faults = new CopyOnWriteArrayList<>();

    /**
     * @param port of the service, on the loopback address
     */
    public SchemaTap(int port) throws IOException {
        this.port = port;
        listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    /** The service's endpoint, through here. */
    public String uri() {
        return "ws://127.0.0.1:" + listening.getLocalPort() + "/mcp";
    }

    /** What was not as the schemas say; always empty where the run has none. */
    public List<String> faults() {
        return List.copyOf(faults);
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listening.accept();
                Socket service = new Socket(InetAddress.getLoopbackAddress(), port);
                sockets.addAll(List.of(client, service));
                var schemas = new SchemaWatch();
                Thread.ofVirtual().start(() -> pump(client, service, schemas::sent));
                Thread.ofVirtual().start(() -> pump(service, client, text -> hold(schemas, text)));
            }
        } catch (IOException closed) {
            // the end
        }
    }

    private void hold(SchemaWatch schemas, String text) {
        try {
            schemas.received(text);
        } catch (AssertionError e) {
            faults.add(e.getMessage());
        }
    }

    /** Reads first and passes on then: an answer must not overtake what is known of its request. */
    private void pump(Socket from, Socket to, Consumer<String> reader) {
        var messages = new Messages(reader);
        byte[] buffer = new byte[16_384];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int length; (length = in.read(buffer)) >= 0; ) {
                messages.read(Arrays.copyOf(buffer, length));
                out.write(buffer, 0, length);
            }
        } catch (IOException e) {
            // one of the two has gone
        }
        sockets.remove(from);
    }

    @Override
    public void close() throws IOException {
        listening.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    /** The text messages in the bytes of one direction, behind the head of the handshake. */
    private static final class Messages {

        private final Consumer<String> reader;
        private final ByteArrayOutputStream message = new ByteArrayOutputStream();
        private byte[] rest = {};
        private boolean open;

        Messages(Consumer<String> reader) {
            this.reader = reader;
        }

        void read(byte[] more) {
            byte[] bytes = Arrays.copyOf(rest, rest.length + more.length);
            System.arraycopy(more, 0, bytes, rest.length, more.length);
            int from = open ? 0 : head(bytes);
            for (int next = from; next >= 0; next = frame(bytes, from)) {
                from = next;
            }
            rest = Arrays.copyOfRange(bytes, Math.max(from, 0), bytes.length);
        }

        /** Where the frames begin; -1 when the head is not complete. */
        private int head(byte[] bytes) {
            int end = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("\r\n\r\n");
            open = end >= 0;
            return open ? end + 4 : -1;
        }

        /** Where the next frame begins; -1 when this one is not complete. */
        private int frame(byte[] bytes, int from) {
            if (bytes.length < from + 2) {
                return -1;
            }
            boolean masked = bytes[from + 1] < 0;
            int length = bytes[from + 1] & 127;
            int wide = length == 126 ? 2 : length == 127 ? 8 : 0;
            int payload = from + 2 + wide + (masked ? 4 : 0);
            if (bytes.length < payload) {
                return -1;
            }
            for (int i = 0; i < wide; i++) {
                length = (i == 0 ? 0 : length << 8) | bytes[from + 2 + i] & 255;
            }
            if (bytes.length < payload + length) {
                return -1;
            }
            byte[] content = Arrays.copyOfRange(bytes, payload, payload + length);
            for (int i = 0; masked && i < length; i++) {
                content[i] ^= bytes[payload - 4 + (i & 3)];
            }
            take(bytes[from], content);
            return payload + length;
        }

        private void take(int first, byte[] content) {
            if ((first & 15) > RawSocket.BINARY) {
                return;
            }
            message.writeBytes(content);
            if ((first & RawSocket.FIN) != 0) {
                reader.accept(message.toString(StandardCharsets.UTF_8));
                message.reset();
            }
        }
    }
}
