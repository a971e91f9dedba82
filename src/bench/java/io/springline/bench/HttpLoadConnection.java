package io.springline.bench;

import io.springline.bench.Way.Dialect;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** One keep-alive HTTP connection of the load, with a session of its own. Used by one thread. */
final class HttpLoadConnection implements AutoCloseable {

    private static final String INITIALIZE =
            """
            {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":\
            "2025-06-18","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}\
            """;
    private static final String MODERN =
            "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: echo\r\n";

    private final HttpWay way;
    private final int port;
    private final Socket socket;
    private final InputStream in;
    private final Map<String, String> headers = new TreeMap<>();
    private final byte[] call;
    private final int idAt;
    private String session = "";
    private int calls;

    /** Connects, and opens a session if the revision has sessions. */
    HttpLoadConnection(HttpWay way, int port) throws IOException {
        this.way = way;
        this.port = port;
        socket = new Socket("127.0.0.1", port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(60_000);
        in = new BufferedInputStream(socket.getInputStream());
        if (way.dialect == Dialect.LEGACY) {
            post(INITIALIZE);
            session =
                    "Mcp-Session-Id: %s\r\nMCP-Protocol-Version: 2025-06-18\r\n"
                            .formatted(headers.get("mcp-session-id"));
            post("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
        }
        String body = way.dialect.call("echo");
        String request = request("POST", body);
        call = request.getBytes(StandardCharsets.US_ASCII);
        idAt = request.indexOf(Integer.toString(Frames.FIRST_ID));
    }

    private String request(String method, String body) {
        return """
        %s %s HTTP/1.1\r
        Host: 127.0.0.1:%d\r
        Content-Type: application/json\r
        Accept: %stext/event-stream\r
        %s%s%s\r
        %s\
        """
                .formatted(
                        method,
                        way.path,
                        port,
                        body.isEmpty() ? "" : "application/json, ",
                        way.dialect == Dialect.MODERN ? MODERN : "",
                        session,
                        body.isEmpty() ? "" : "Content-Length: " + body.length() + "\r\n",
                        body);
    }

    private void post(String body) throws IOException {
        socket.getOutputStream().write(request("POST", body).getBytes(StandardCharsets.US_ASCII));
        readBody();
    }

    /** Calls the tool, and returns whether the answer was its echo. */
    boolean call() throws IOException {
        int id = Frames.FIRST_ID + calls++;
        byte[] digits = Integer.toString(id).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(digits, 0, call, idAt, digits.length);
        socket.getOutputStream().write(call);
        String answer = readBody();
        return answer.contains(Way.MESSAGE) && answer.contains("\"id\":" + id);
    }

    /** Opens the event stream of the session; the connection is good for nothing else then. */
    void listen() throws IOException {
        socket.getOutputStream().write(request("GET", "").getBytes(StandardCharsets.US_ASCII));
        int status = readHead();
        if (status != 200) {
            throw new IOException("%s: GET %d".formatted(way.title, status));
        }
    }

    private int readHead() throws IOException {
        int status = Integer.parseInt(readLine().split(" ")[1]);
        headers.clear();
        for (String line; !(line = readLine()).isEmpty(); ) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        return status;
    }

    private String readBody() throws IOException {
        int status = readHead();
        String body;
        if ("chunked".equalsIgnoreCase(headers.get("transfer-encoding"))) {
            var all = new StringBuilder();
            for (int size; (size = Integer.parseInt(readLine(), 16)) > 0; ) {
                all.append(read(size));
                readLine();
            }
            readLine();
            body = all.toString();
        } else {
            body = read(Integer.parseInt(headers.getOrDefault("content-length", "0")));
        }
        if (status >= 300) {
            throw new IOException("%s: %d %s".formatted(way.title, status, body));
        }
        return body;
    }

    private String read(int length) throws IOException {
        return new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }

    private String readLine() throws IOException {
        var line = new StringBuilder();
        for (int c; (c = in.read()) != '\n'; ) {
            if (c < 0) {
                throw new EOFException(way.title + " closed a connection");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
