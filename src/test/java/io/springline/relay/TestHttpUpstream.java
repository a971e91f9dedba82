package io.springline.relay;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An HTTP server that answers by a script and remembers what it was asked. */
public final class TestHttpUpstream implements AutoCloseable {

    /** Answers one request, on a thread of its own; cuts the connection by throwing. */
    @FunctionalInterface
    public interface Script {
        void answer(Asked asked) throws Exception;
    }

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Asked> asked = new CopyOnWriteArrayList<>();

    public TestHttpUpstream(Script script) throws IOException {
        this(InetAddress.getLoopbackAddress(), script);
    }

    public TestHttpUpstream(InetAddress address, Script script) throws IOException {
        this(new InetSocketAddress(address, 0), script);
    }

    TestHttpUpstream(InetSocketAddress address, Script script) throws IOException {
        server = HttpServer.create(address, 512);
        server.setExecutor(threads);
        server.createContext(
                "/mcp",
                exchange -> {
                    var request = new Asked(exchange);
                    asked.add(request);
                    try {
                        script.answer(request);
                        exchange.close();
                    } catch (IOException e) {
                        throw e;
                    } catch (Exception e) {
                        // the server then closes the connection without a proper end
                        throw new IOException(e);
                    }
                });
        server.start();
    }

    public URI url() {
        return URI.create("http://127.0.0.1:%d/mcp".formatted(port()));
    }

    public int port() {
        return server.getAddress().getPort();
    }

    /** Everything asked so far, oldest first. */
    public List<Asked> asked() {
        return List.copyOf(asked);
    }

    /** What was asked by this HTTP method. */
    public List<Asked> asked(String verb) {
        return asked.stream().filter(request -> request.verb().equals(verb)).toList();
    }

    /** The POST with this JSON-RPC method; the last one of several. */
    public Asked posted(String method) {
        return asked("POST").stream()
                .filter(request -> request.method().equals(method))
                .reduce((_, last) -> last)
                .orElseThrow(() -> new AssertionError("not posted: " + method));
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    /** One request, and the ways to answer it. */
    public static final class Asked {

        private final HttpExchange exchange;
        private final JsonNode body;

        private Asked(HttpExchange exchange) throws IOException {
            this.exchange = exchange;
            byte[] bytes = exchange.getRequestBody().readAllBytes();
            body = bytes.length == 0 ? MAPPER.createObjectNode() : MAPPER.readTree(bytes);
        }

        public String verb() {
            return exchange.getRequestMethod();
        }

        /** Path and query. */
        public String target() {
            return exchange.getRequestURI().toString();
        }

        /** Null when absent. */
        public String header(String name) {
            return exchange.getRequestHeaders().getFirst(name);
        }

        public JsonNode body() {
            return body;
        }

        /** Of JSON-RPC; empty for a response and a body-less request. */
        public String method() {
            return body.path("method").asString("");
        }

        public Asked set(String header, String value) {
            exchange.getResponseHeaders().set(header, value);
            return this;
        }

        public void status(int status) throws IOException {
            exchange.sendResponseHeaders(status, -1);
        }

        public void text(int status, String type, String text) throws IOException {
            set("Content-Type", type);
            bytes(status, text.getBytes(StandardCharsets.UTF_8));
        }

        public void bytes(int status, byte[] bytes) throws IOException {
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        }

        public void json(int status, String text) throws IOException {
            text(status, "application/json", text);
        }

        /** The result of this request, in JSON. */
        public void result(String result) throws IOException {
            json(200, response(result));
        }

        /**
         * Answers as a server of 2025-06-18 until its session is open. Returns false, with nothing
         * answered, for all other requests.
         *
         * @param capabilities in JSON
         */
        public boolean tryOpen(String capabilities) throws IOException {
            if (!verb().equals("POST")) {
                status(405);
                return true;
            }
            switch (method()) {
                case "server/discover" ->
                        json(
                                200,
                                "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-32601,\"message\":\"no\"}}"
                                        .formatted(body.get("id")));
                case "initialize" ->
                        result(
                                """
                                {"protocolVersion":"2025-06-18","serverInfo":{"name":"t","version":"1"},\
                                "capabilities":%s}\
                                """
                                        .formatted(capabilities));
                default -> {
                    return false;
                }
            }
            return true;
        }

        public String response(String result) {
            return "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":%s}"
                    .formatted(body.get("id"), result);
        }

        /** Begins a response and leaves it open. */
        public void half(String text) throws IOException {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(text.getBytes(StandardCharsets.UTF_8));
            exchange.getResponseBody().flush();
        }

        /** Begins a response of unknown length. */
        public OutputStream open() throws IOException {
            exchange.sendResponseHeaders(200, 0);
            return exchange.getResponseBody();
        }

        /** Begins an event stream; it ends well when the script does. */
        public Events events() throws IOException {
            set("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
            var events = new Events(exchange.getResponseBody());
            events.raw(": begin\n\n");
            return events;
        }
    }

    /** An event stream that is written to. */
    public record Events(OutputStream out) {

        public Events data(String json) {
            return raw("data: " + json + "\n\n");
        }

        public Events event(String id, String json) {
            return raw("id: " + id + "\ndata: " + json + "\n\n");
        }

        /** Fails when the client has gone. */
        public Events raw(String text) {
            try {
                out.write(text.getBytes(StandardCharsets.UTF_8));
                out.flush();
                return this;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
