package io.springline.interop;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An HTTP server on loopback in place of a model: Anthropic's Messages API and OpenAI's Responses
 * API, as far as Claude Code and Codex need them. It answers the first request of a conversation
 * with a call of one tool, and the next one with the tool's result as text.
 */
final class ModelStandIn implements AutoCloseable {

    private static final JsonMapper JSON = JsonMapper.shared();

    private final String tool;
    private final Map<String, String> arguments;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpServer server =
            HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);

    /**
     * @param tool the end of the name under which the host offers the tool to its model
     */
    ModelStandIn(String tool, Map<String, String> arguments) throws IOException {
        this.tool = tool;
        this.arguments = arguments;
        server.createContext("/v1/messages", this::messages);
        server.createContext(
                "/v1/messages/count_tokens", each -> json(each, "{\"input_tokens\":1}"));
        server.createContext("/v1/responses", this::responses);
        server.createContext("/", each -> json(each, "{\"data\":[],\"models\":[]}"));
        server.setExecutor(threads);
        server.start();
    }

    String origin() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private void messages(HttpExchange exchange) throws IOException {
        JsonNode request = JSON.readTree(exchange.getRequestBody().readAllBytes());
        @Nullable JsonNode results = null;
        for (JsonNode part :
                request.path("messages")
                        .path(request.path("messages").size() - 1)
                        .path("content")) {
            if (part.path("type").asString("").equals("tool_result")) {
                results = part.path("content");
            }
        }
        @Nullable String name =
                StreamSupport.stream(request.path("tools").spliterator(), false)
                        .map(each -> each.path("name").asString(""))
                        .filter(each -> each.startsWith("mcp__") && each.endsWith(tool))
                        .findFirst()
                        .orElse(null);
        String text = results == null ? "no such tool" : results.toString();
        if (!request.path("stream").asBoolean(false)) {
            json(
                    exchange,
                    JSON.writeValueAsString(
                            message(List.of(Map.of("type", "text", "text", text)))));
            return;
        }
        boolean calls = results == null && name != null;
        events(
                exchange,
                Map.of("type", "message_start", "message", message(List.of())),
                Map.of(
                        "type",
                        "content_block_start",
                        "index",
                        0,
                        "content_block",
                        calls
                                ? Map.of(
                                        "type",
                                        "tool_use",
                                        "id",
                                        "toolu_1",
                                        "name",
                                        name,
                                        "input",
                                        Map.of())
                                : Map.of("type", "text", "text", "")),
                Map.of(
                        "type",
                        "content_block_delta",
                        "index",
                        0,
                        "delta",
                        calls
                                ? Map.of(
                                        "type",
                                        "input_json_delta",
                                        "partial_json",
                                        JSON.writeValueAsString(arguments))
                                : Map.of("type", "text_delta", "text", text)),
                Map.of("type", "content_block_stop", "index", 0),
                Map.of(
                        "type", "message_delta",
                        "delta", Map.of("stop_reason", calls ? "tool_use" : "end_turn"),
                        "usage", Map.of("output_tokens", 1)),
                Map.of("type", "message_stop"));
    }

    private static Map<String, Object> message(List<Object> content) {
        return Map.of(
                "id", "msg_1",
                "type", "message",
                "role", "assistant",
                "model", "stand-in",
                "content", content,
                "stop_reason", "end_turn",
                "usage", Map.of("input_tokens", 1, "output_tokens", 1));
    }

    /** Codex offers the tools of an MCP server as a namespace. */
    private void responses(HttpExchange exchange) throws IOException {
        JsonNode request = JSON.readTree(exchange.getRequestBody().readAllBytes());
        @Nullable JsonNode result = null;
        for (JsonNode each : request.path("input")) {
            if (each.path("type").asString("").equals("function_call_output")) {
                result = each.path("output");
            }
        }
        @Nullable String namespace = null;
        for (JsonNode each : request.path("tools")) {
            if (each.path("name").asString("").startsWith("mcp__")
                    && each.path("tools").valueStream().anyMatch(this::isTool)) {
                namespace = each.path("name").asString();
            }
        }
        Map<String, Object> item =
                result == null && namespace != null
                        ? Map.of(
                                "type",
                                "function_call",
                                "id",
                                "item_1",
                                "call_id",
                                "call_1",
                                "namespace",
                                namespace,
                                "name",
                                tool,
                                "arguments",
                                JSON.writeValueAsString(arguments))
                        : Map.of(
                                "type", "message",
                                "id", "item_2",
                                "role", "assistant",
                                "content",
                                        List.of(
                                                Map.of(
                                                        "type",
                                                        "output_text",
                                                        "text",
                                                        result == null
                                                                ? "no such tool"
                                                                : result.toString())));
        events(
                exchange,
                Map.of("type", "response.created", "response", Map.of("id", "resp_1")),
                Map.of("type", "response.output_item.done", "output_index", 0, "item", item),
                Map.of(
                        "type",
                        "response.completed",
                        "response",
                        Map.of(
                                "id",
                                "resp_1",
                                "usage",
                                Map.of("input_tokens", 1, "output_tokens", 1, "total_tokens", 2))));
    }

    private boolean isTool(JsonNode member) {
        return member.path("name").asString("").equals(tool);
    }

    private static void events(HttpExchange exchange, Map<?, ?>... events) throws IOException {
        String text =
                Stream.of(events)
                        .map(each ->
                                "event: %s\ndata: %s\n\n"
                                        .formatted(each.get("type"), JSON.writeValueAsString(each)))
                        .reduce("", String::concat);
        send(exchange, "text/event-stream", text);
    }

    private static void json(HttpExchange exchange, String text) throws IOException {
        send(exchange, "application/json", text);
    }

    private static void send(HttpExchange exchange, String type, String text) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            byte[] body = text.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", type);
            boolean head = exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(200, head ? -1 : body.length);
            if (!head) {
                exchange.getResponseBody().write(body);
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
