package com.example;

import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.springline.client.McpWebSocketClient;
import io.springline.client.mcpsdk.ResumingClientTransport;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Initializes a session without an SDK, and asks for a price by the MCP Java SDK. */
public class Shopper {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    public static void main(String[] args) throws Exception {
        URI server = URI.create(args[0]);
        try (var client = McpWebSocketClient.builder(server).connectTimeout(PATIENCE).build()) {
            client.connect();
            var initialize =
                    (ObjectNode)
                            new JsonMapper()
                                    .readTree(
                                            """
                                            {"protocolVersion": "2025-11-25", "capabilities": {},
                                             "clientInfo": {"name": "shopper", "version": "1"}}
                                            """);
            if (client.request("initialize", initialize).get()
                    instanceof ResultResponse(var id, var result)) {
                System.out.println(result.path("protocolVersion").asString());
            }
        }
        try (var client = McpClient.sync(
                                new ResumingClientTransport(
                                        server, settings -> settings.connectTimeout(PATIENCE)))
                        .initializationTimeout(PATIENCE)
                        .requestTimeout(PATIENCE)
                        .build()) {
            client.initialize();
            System.out.println(
                    client.callTool(
                            CallToolRequest.builder("price")
                                    .arguments(Map.of("article", "tea"))
                                    .build()));
        }
    }
}
