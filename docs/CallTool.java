import io.springline.client.McpWebSocketClient;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import java.net.URI;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

public class CallTool {

    private static final JsonMapper JSON = new JsonMapper();

    public static void main(String[] args) throws Exception {
        URI server = URI.create(args.length > 0 ? args[0] : "ws://127.0.0.1:8080/mcp");
        try (var client =
                McpWebSocketClient.builder(server)
                        .token(() -> System.getenv("SPRINGLINE_TOKEN")) // null: without
                        .build()) {
            client.connect();
            ask(
                    client,
                    "initialize",
                    """
                    {"protocolVersion": "2025-11-25", "capabilities": {},
                     "clientInfo": {"name": "my-client", "version": "1"}}
                    """);
            client.notify("notifications/initialized", null);
            for (JsonNode tool : ask(client, "tools/list", "{}").path("tools")) {
                System.out.println(tool.path("name").asString());
            }
            JsonNode result =
                    ask(client, "tools/call", "{\"name\": \"echo\", \"arguments\": {\"message\": \"hello\"}}");
            System.out.println(result.at("/content/0/text").asString());
        }
    }

    private static JsonNode ask(McpWebSocketClient client, String method, String params)
            throws Exception {
        var node = (ObjectNode) JSON.readTree(params);
        return switch (client.request(method, node).get()) {
            case ResultResponse(var id, var result) -> result;
            case ErrorResponse(var id, var error) ->
                    throw new IllegalStateException(method + ": " + error.message());
        };
    }
}
