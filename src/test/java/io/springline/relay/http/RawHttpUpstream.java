package io.springline.relay.http;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** An HTTP server whose script writes the bytes of each response. */
final class RawHttpUpstream implements AutoCloseable {

    /** One request. */
    record Posted(int connection, String head, String body) {

        String method() {
            return HttpTransportTests.object(body).path("method").asString("");
        }

        String response(String result) {
            return "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":%s}"
                    .formatted(HttpTransportTests.object(body).get("id"), result);
        }
    }

    /** Writes a response; returns false to close the connection. */
    interface Script {
        boolean answer(Posted posted, OutputStream out) throws Exception;
    }

    private final ServerSocket server;
    private final Script script;
    private final List<Posted> posted = new CopyOnWriteArrayList<>();
    private final List<Socket> open = new CopyOnWriteArrayList<>();

    RawHttpUpstream(Script script) throws IOException {
        this.script = script;
        this.server = new ServerSocket(0, 512, InetAddress.getLoopbackAddress());
        Thread.startVirtualThread(this::accept);
    }

    URI url() {
        return URI.create("http://127.0.0.1:%d/mcp".formatted(server.getLocalPort()));
    }

    List<Posted> posted() {
        return List.copyOf(posted);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Returns a response with a length. */
    static byte[] json(String body) {
        return bytes(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                        .formatted(bytes(body).length, body));
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                open.add(socket);
                int number = open.size();
                Thread.startVirtualThread(() -> serve(socket, number));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void serve(Socket socket, int connection) {
        try (socket) {
            var in = new BufferedInputStream(socket.getInputStream());
            boolean goesOn = true;
            while (goesOn) {
                Posted request = read(in, connection);
                if (request == null) {
                    return;
                }
                posted.add(request);
                goesOn = script.answer(request, socket.getOutputStream());
                socket.getOutputStream().flush();
            }
        } catch (Exception e) {
            // the connection is closed
        }
    }

    private static Posted read(InputStream in, int connection) throws IOException {
        var head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                return null;
            }
            head.append((char) next);
        }
        int length =
                head.toString()
                        .lines()
                        .filter(line -> line.toLowerCase().startsWith("content-length:"))
                        .mapToInt(line -> Integer.parseInt(line.substring(15).strip()))
                        .findFirst()
                        .orElse(0);
        return new Posted(
                connection,
                head.toString(),
                new String(in.readNBytes(length), StandardCharsets.UTF_8));
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : open) {
            socket.close();
        }
    }
}
