package io.springline.bench;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A legacy Streamable HTTP server with one tool, {@code echo}, that answers in JSON and does little
 * else: an upstream whose own cost is small. Listens on the port that is given as the first
 * argument.
 */
final class HttpUpstream {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String TOOLS =
            """
            {"tools":[{"name":"echo","description":"Returns the message it is given",\
            "annotations":{"readOnlyHint":true},"inputSchema":{"type":"object",\
            "properties":{"message":{"type":"string"}},"required":["message"]}}]}\
            """;

    private static final String INITIALIZED =
            """
            {"protocolVersion":"2025-11-25","capabilities":{"tools":{}},\
            "serverInfo":{"name":"http-echo","version":"1"}}\
            """;

    private HttpUpstream() {}

    public static void main(String[] args) throws IOException {
        var address =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]));
        HttpServer server = HttpServer.create(address, 512);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/mcp", HttpUpstream::answer);
        server.start();
    }

    private static void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            if (!exchange.getRequestMethod().equals("POST")) {
                exchange.sendResponseHeaders(405, -1);
                return;
            }
            JsonNode request = JSON.readTree(body);
            if (!request.has("id")) {
                exchange.sendResponseHeaders(202, -1);
                return;
            }
            ObjectNode response = JSON.createObjectNode().put("jsonrpc", "2.0");
            response.set("id", request.get("id"));
            answer(request, response);
            byte[] bytes = JSON.writeValueAsBytes(response);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private static void answer(JsonNode request, ObjectNode response) {
        switch (request.path("method").asString("")) {
            case "initialize" -> response.set("result", JSON.readTree(INITIALIZED));
            case "tools/list" -> response.set("result", JSON.readTree(TOOLS));
            case "tools/call" ->
                    response.putObject("result")
                            .putArray("content")
                            .addObject()
                            .put("type", "text")
                            .put("text", request.at("/params/arguments/message").asString(""));
            default -> response.putObject("error").put("code", -32601).put("message", "not found");
        }
    }
}
