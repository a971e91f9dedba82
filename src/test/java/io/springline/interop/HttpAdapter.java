package io.springline.interop;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Streamable HTTP on one side, the service's WebSocket on the other: so tools that speak HTTP alone
 * can judge the service. Messages pass as the text that they are. What is HTTP's own is done here,
 * and proves nothing about the service: sessions, statuses, mirrored headers.
 *
 * <ul>
 *   <li>A legacy session is one WebSocket, from {@code initialize} to DELETE.
 *   <li>A modern request is a WebSocket of its own, so what it causes elsewhere goes through the
 *       service.
 *   <li>Host and Origin are those of the HTTP client: the service judges them, and its refusal is
 *       passed on.
 * </ul>
 */
final class HttpAdapter implements AutoCloseable {

    static final JsonMapper JSON = new JsonMapper();
    private static final String SESSION = "Mcp-Session-Id";

    private final String service;
    private final HttpServer http;
    private final Map<String, AdapterChannel> sessions = new ConcurrentHashMap<>();

    /**
     * @param service a URL as in {@code ws://127.0.0.1:8080/mcp}
     */
    HttpAdapter(String service) throws IOException {
        this.service = service;
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        http.createContext("/mcp", this::handle);
        http.start();
    }

    String uri() {
        return "http://localhost:" + http.getAddress().getPort() + "/mcp";
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            serve(exchange);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(HttpExchange exchange) throws IOException, InterruptedException {
        try {
            switch (exchange.getRequestMethod()) {
                case "POST" -> post(exchange);
                case "GET" -> listen(exchange);
                case "DELETE" -> delete(exchange);
                default -> refuse(exchange, 405);
            }
        } catch (CompletionException e) {
            refuse(exchange, refusedUpgrade(e));
        }
    }

    private static int refusedUpgrade(CompletionException failure) {
        if (failure.getCause() instanceof WebSocketHandshakeException refused) {
            return refused.getResponse().statusCode();
        }
        throw failure;
    }

    private void post(HttpExchange exchange) throws IOException, InterruptedException {
        String text = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        JsonNode message = parsed(text);
        if (MirroredHeaders.isModern(exchange.getRequestHeaders(), message)) {
            modern(exchange, text, message);
        } else if (message.path("method").asString("").equals("initialize")) {
            initialize(exchange, text, message);
        } else {
            legacy(exchange, text, message);
        }
    }

    private static JsonNode parsed(String text) {
        try {
            return JSON.readTree(text);
        } catch (JacksonException e) {
            return JSON.missingNode();
        }
    }

    private void modern(HttpExchange exchange, String text, JsonNode message)
            throws IOException, InterruptedException {
        String fault = MirroredHeaders.fault(exchange.getRequestHeaders(), message);
        var stream = new AdapterStream(exchange, true);
        if (fault != null) {
            stream.answer(MirroredHeaders.refusal(message.path("id"), fault));
            return;
        }
        try (var channel = new AdapterChannel(service, exchange.getRequestHeaders())) {
            if (!exchanged(channel, exchange, text, message, stream)) {
                channel.send(cancellation(message.path("id")));
            }
        }
    }

    /** In modern HTTP, going away is how a client cancels. */
    private static String cancellation(JsonNode id) {
        return """
        {"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%s}}\
        """
                .formatted(id);
    }

    private void initialize(HttpExchange exchange, String text, JsonNode message)
            throws IOException, InterruptedException {
        var channel = new AdapterChannel(service, exchange.getRequestHeaders());
        String id = UUID.randomUUID().toString();
        sessions.put(id, channel);
        exchange.getResponseHeaders().set(SESSION, id);
        exchanged(channel, exchange, text, message, new AdapterStream(exchange, false));
    }

    private void legacy(HttpExchange exchange, String text, JsonNode message)
            throws IOException, InterruptedException {
        AdapterChannel channel = session(exchange);
        if (channel != null) {
            exchanged(channel, exchange, text, message, new AdapterStream(exchange, false));
        }
    }

    /** Whether the client stayed until its answer was there. */
    private static boolean exchanged(
            AdapterChannel channel,
            HttpExchange exchange,
            String text,
            JsonNode message,
            AdapterStream stream)
            throws IOException, InterruptedException {
        if (message.isObject() && !(message.has("id") && message.has("method"))) {
            channel.send(text);
            exchange.sendResponseHeaders(202, -1);
            return true;
        }
        channel.request(text, message, stream);
        return stream.awaitAnswer();
    }

    private void listen(HttpExchange exchange) throws IOException, InterruptedException {
        AdapterChannel channel = session(exchange);
        if (channel != null) {
            var stream = new AdapterStream(exchange, false);
            stream.open();
            channel.listen(stream);
            stream.awaitAnswer();
        }
    }

    private void delete(HttpExchange exchange) throws IOException {
        AdapterChannel channel = session(exchange);
        if (channel != null) {
            sessions.values().remove(channel);
            channel.close();
            exchange.sendResponseHeaders(200, -1);
        }
    }

    /** Null when the request names none that is open, and has been refused. */
    private @Nullable AdapterChannel session(HttpExchange exchange) throws IOException {
        String id = exchange.getRequestHeaders().getFirst(SESSION);
        AdapterChannel channel = id == null ? null : sessions.get(id);
        if (channel == null) {
            refuse(exchange, id == null ? 400 : 404);
        }
        return channel;
    }

    private static void refuse(HttpExchange exchange, int status) throws IOException {
        exchange.sendResponseHeaders(status, -1);
    }

    @Override
    public void close() {
        sessions.values().forEach(AdapterChannel::close);
        http.stop(0);
    }
}
