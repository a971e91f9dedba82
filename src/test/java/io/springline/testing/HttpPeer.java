package io.springline.testing;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A client of MCP's Streamable HTTP that does what a test says, and nothing else. */
public final class HttpPeer implements AutoCloseable {

    public static final String BOTH = "application/json, text/event-stream";
    public static final String MODERN =
            """
            "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",\
            "io.modelcontextprotocol/clientCapabilities":{}}\
            """;

    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient client;
    private final URI uri;
    private final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

    public HttpPeer(int port, String path) {
        this(port, path, HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build());
    }

    private HttpPeer(int port, String path, HttpClient client) {
        this.client = client;
        this.uri = URI.create("http://127.0.0.1:" + port + path);
        headers.put("Accept", BOTH);
        headers.put("Content-Type", "application/json");
    }

    /** Sends this header from now on; null: not any more. */
    public HttpPeer with(String name, @Nullable String value) {
        if (value == null) {
            headers.remove(name);
        } else {
            headers.put(name, value);
        }
        return this;
    }

    /** A header that is sent, or null. */
    public @Nullable String header(String name) {
        return headers.get(name);
    }

    /** The same client, whose headers can be changed. */
    public HttpPeer copy() {
        return at(
                uri.getRawQuery() == null
                        ? uri.getPath()
                        : uri.getPath() + "?" + uri.getRawQuery());
    }

    /** The same client at another path, whose headers can be changed. */
    public HttpPeer at(String path) {
        return withHeaders(new HttpPeer(uri.getPort(), path, client));
    }

    /**
     * A client with the same headers and connections of its own: those of this client may be closed
     * just when they are used again.
     */
    public HttpPeer withNewConnections() {
        return withHeaders(new HttpPeer(uri.getPort(), uri.getPath()));
    }

    private HttpPeer withHeaders(HttpPeer copy) {
        copy.headers.clear();
        copy.headers.putAll(headers);
        return copy;
    }

    private HttpRequest.Builder request() {
        var request = HttpRequest.newBuilder(uri);
        headers.forEach(request::header);
        return request;
    }

    public HttpResponse<String> post(String body) throws IOException, InterruptedException {
        return client.send(
                request().POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
    }

    public HttpResponse<String> send(String method) throws IOException, InterruptedException {
        return client.send(
                request().method(method, BodyPublishers.noBody()).build(), BodyHandlers.ofString());
    }

    /** A POST whose events are read one by one. */
    public Events open(String body) throws IOException, InterruptedException {
        return new Events(
                client.send(
                        request().POST(BodyPublishers.ofString(body)).build(),
                        BodyHandlers.ofInputStream()));
    }

    /** A GET whose events are read one by one. */
    public Events get() throws IOException, InterruptedException {
        return new Events(client.send(request().GET().build(), BodyHandlers.ofInputStream()));
    }

    /** Opens a legacy session, whose header is sent from now on. */
    public HttpPeer initialize(String version, String capabilities)
            throws IOException, InterruptedException {
        var answer =
                post(
                        """
                        {"jsonrpc":"2.0","id":0,"method":"initialize","params":{\
                        "protocolVersion":"%s","capabilities":%s,\
                        "clientInfo":{"name":"test","version":"1"}}}\
                        """
                                .formatted(version, capabilities));
        if (answer.statusCode() != 200) {
            throw new IllegalStateException(answer.statusCode() + " " + answer.body());
        }
        with("Mcp-Session-Id", answer.headers().firstValue("Mcp-Session-Id").orElseThrow());
        post("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
        return this;
    }

    /** A modern POST, with the headers that repeat its body. */
    public HttpPeer modern(String method, @Nullable String name) {
        return copy().with("MCP-Protocol-Version", "2026-07-28")
                .with("Mcp-Method", method)
                .with("Mcp-Name", name);
    }

    /** Body of a tool call, legacy. */
    public static String call(int id, String tool, String arguments) {
        return """
        {"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"%s","arguments":%s}}\
        """
                .formatted(id, tool, arguments);
    }

    /** Body of a tool call, modern. */
    public static String modernCall(int id, String tool, String arguments) {
        return """
        {"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"%s","arguments":%s,%s}}\
        """
                .formatted(id, tool, arguments, MODERN);
    }

    public static JsonNode json(String text) {
        return JSON.readTree(text);
    }

    @Override
    public void close() {
        client.shutdownNow();
    }

    /**
     * One event.
     *
     * @param data null for a comment
     */
    public record Event(@Nullable String id, @Nullable String data, @Nullable String retry) {

        public JsonNode json() {
            return JSON.readTree(java.util.Objects.requireNonNull(data));
        }
    }

    /** A response that is read event by event. */
    public static final class Events extends EventReader implements AutoCloseable {

        private final HttpResponse<InputStream> response;

        Events(HttpResponse<InputStream> response) {
            super(response.body());
            this.response = response;
        }

        public int status() {
            return response.statusCode();
        }

        public @Nullable String header(String name) {
            return response.headers().firstValue(name).orElse(null);
        }

        @Override
        public void close() throws IOException {
            response.body().close();
        }
    }
}
