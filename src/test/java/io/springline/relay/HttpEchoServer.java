package io.springline.relay;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A legacy Streamable HTTP server with one tool, {@code echo}, that answers in JSON and does little
 * else: an upstream whose own cost is small. Prints its port on the first line.
 */
final class HttpEchoServer {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String TOOLS =
            """
            {"tools":[{"name":"echo","description":"Returns the message it is given",\
            "annotations":{"readOnlyHint":true},"inputSchema":{"type":"object",\
            "properties":{"message":{"type":"string"}},"required":["message"]}}]}\
            """;

    private HttpEchoServer() {}

    public static void main(String[] args) throws IOException {
        var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        HttpServer server = HttpServer.create(address, 512);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/mcp", HttpEchoServer::answer);
        server.start();
        System.out.println(server.getAddress().getPort());
    }

    /** How to start it, as fast as {@link StdioServer}. */
    static List<String> command() {
        return List.of(
                StdioServer.java(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                // head and body of a response are two writes
                "-Dsun.net.httpserver.nodelay=true",
                "-Dsun.net.httpserver.maxIdleConnections=1000",
                "-cp",
                StdioServer.classPath(),
                HttpEchoServer.class.getName());
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
            case "initialize" ->
                    response.set(
                            "result",
                            StdioServer.read(
                                    "{'protocolVersion':'2025-11-25','capabilities':{'tools':{}},"
                                            + "'serverInfo':{'name':'http-echo','version':'1'}}"));
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
