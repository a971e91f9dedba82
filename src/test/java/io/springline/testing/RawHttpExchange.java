package io.springline.testing;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP request on a bare socket of its own, and its response. A connection that breaks, even by
 * a FIN, or that carries nothing for a while is an {@link IOException}; the end of the body is the
 * end of {@link #body}.
 */
public final class RawHttpExchange implements AutoCloseable {

    private final Socket socket;
    private final int status;
    private final Map<String, String> headers = new TreeMap<>();
    private final InputStream body;

    private RawHttpExchange(Socket socket) throws IOException {
        this.socket = socket;
        var in = new BufferedInputStream(socket.getInputStream());
        this.status = Integer.parseInt(line(in).split(" ")[1]);
        for (String line; !(line = line(in)).isEmpty(); ) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        String length = header("Content-Length");
        this.body = new Body(in, length == null ? -1 : Integer.parseInt(length));
    }

    /**
     * Sends a request, and waits for the headers of its response.
     *
     * @param silenceMillis longest wait for a byte
     * @param headers lines, each with its line end
     */
    public static RawHttpExchange send(
            int port, int silenceMillis, String method, String headers, String body)
            throws IOException {
        var socket = new Socket();
        try {
            socket.setSoTimeout(silenceMillis);
            socket.setTcpNoDelay(true);
            socket.connect(new InetSocketAddress("127.0.0.1", port), silenceMillis);
            byte[] content = body.getBytes(StandardCharsets.UTF_8);
            String head =
                    """
                    %s /mcp HTTP/1.1\r
                    Host: 127.0.0.1\r
                    Content-Length: %d\r
                    %s\r
                    """
                            .formatted(method, content.length, headers);
            socket.getOutputStream().write((head + body).getBytes(StandardCharsets.UTF_8));
            return new RawHttpExchange(socket);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private static String line(InputStream in) throws IOException {
        var line = new StringBuilder();
        for (int next; (next = in.read()) != '\n'; ) {
            if (next < 0) {
                throw new EOFException("cut in a line: " + line);
            }
            line.append((char) next);
        }
        return line.toString().stripTrailing();
    }

    public int status() {
        return status;
    }

    public @Nullable String header(String name) {
        return headers.get(name.toLowerCase(Locale.ROOT));
    }

    public InputStream body() {
        return body;
    }

    /** Reads to the end. */
    public String text() throws IOException {
        return new String(body.readAllBytes(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** A body of a known length, or in chunks. */
    private static final class Body extends InputStream {

        private final InputStream in;
        private final boolean chunked;
        private int left;
        private boolean ended;

        /**
         * @param length -1 for chunks
         */
        Body(InputStream in, int length) {
            this.in = in;
            this.chunked = length < 0;
            this.left = Math.max(0, length);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (left == 0 && chunked && !ended) {
                left = Integer.parseInt(line(in), 16);
                ended = left == 0;
            }
            if (left == 0) {
                return -1;
            }
            int read = in.read(into, offset, Math.min(length, left));
            if (read < 0) {
                throw new EOFException("cut in the body");
            }
            left -= read;
            if (left == 0 && chunked) {
                line(in);
            }
            return read;
        }
    }
}
