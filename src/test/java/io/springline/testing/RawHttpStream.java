package io.springline.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * An event stream on a bare socket, which takes little memory and reads only when it is told to.
 */
public final class RawHttpStream implements AutoCloseable {

    private static final int PATIENCE_MILLIS = 60_000;

    private final Socket socket = new Socket();

    private RawHttpStream(int port, int receiveBuffer) throws IOException {
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
        }
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.connect(new InetSocketAddress("127.0.0.1", port));
    }

    /** Opens a session, and returns its id. */
    public static String initialize(int port) throws IOException {
        String id =
                post(
                                port,
                                """
                                {"jsonrpc":"2.0","id":0,"method":"initialize","params":{\
                                "protocolVersion":"2025-11-25","capabilities":{},\
                                "clientInfo":{"name":"test","version":"1"}}}\
                                """,
                                "")
                        .lines()
                        .filter(line -> line.regionMatches(true, 0, "mcp-session-id:", 0, 15))
                        .findFirst()
                        .orElseThrow()
                        .substring(15)
                        .strip();
        post(
                port,
                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}",
                "Mcp-Session-Id: " + id + "\r\n");
        return id;
    }

    private static String post(int port, String body, String headers) throws IOException {
        try (var post = new RawHttpStream(port, 0)) {
            post.write(
                    """
                    POST /mcp HTTP/1.1\r
                    Host: 127.0.0.1:%d\r
                    Content-Type: application/json\r
                    Accept: application/json, text/event-stream\r
                    Content-Length: %d\r
                    Connection: close\r
                    %s\r
                    %s\
                    """
                            .formatted(port, body.length(), headers, body));
            return new String(post.socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Opens the stream of a session, and reads its first bytes. */
    public static RawHttpStream get(int port, String session) throws IOException {
        return get(port, session, 0);
    }

    /**
     * @param receiveBuffer of the socket, in bytes; 0 for the usual one
     */
    public static RawHttpStream get(int port, String session, int receiveBuffer)
            throws IOException {
        var stream = new RawHttpStream(port, receiveBuffer);
        stream.write(
                """
                GET /mcp HTTP/1.1\r
                Host: 127.0.0.1:%d\r
                Accept: text/event-stream\r
                Mcp-Session-Id: %s\r
                \r
                """
                        .formatted(port, session));
        stream.awaitText("data:");
        return stream;
    }

    private void write(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Reads up to this text. Throws an IOException if the stream ends before. */
    public void awaitText(String text) throws IOException {
        InputStream in = socket.getInputStream();
        var read = new StringBuilder();
        for (int next; (next = in.read()) >= 0; ) {
            read.append((char) next);
            if (read.indexOf(text, Math.max(0, read.length() - text.length())) >= 0) {
                return;
            }
        }
        throw new IOException("ended: " + read);
    }

    /** Reads what there is until the stream ends; returns its length. */
    public long readToEnd() throws IOException {
        return socket.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
