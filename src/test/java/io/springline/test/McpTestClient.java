package io.springline.test;

import java.net.URI;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A client with an initialized session of the revision 2025-11-25, for tests. It declares no
 * capabilities, so the server sends it no requests. Each request waits up to 60 s for its response.
 *
 * <p>For one thread. The creator must close it.
 */
public final class McpTestClient implements AutoCloseable {

    static final String VERSION = "2025-11-25";
    static final int TIMEOUT_SECONDS = 60;

    private static final JsonMapper JSON = new JsonMapper();

    private final TestConnection connection;

    private McpTestClient(TestConnection connection) {
        this.connection = connection;
        try {
            ObjectNode params = JSON.createObjectNode().put("protocolVersion", VERSION);
            params.putObject("capabilities");
            params.putObject("clientInfo").put("name", "springline-test").put("version", "1");
            connection.request("initialize", params);
            connection.notify("notifications/initialized");
        } catch (McpErrorException e) {
            connection.close();
            throw new IllegalStateException("The server refuses the client: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    /**
     * Connects by WebSocket.
     *
     * @param uri {@code ws://…} or {@code wss://…}
     * @param token the bearer token; empty for none
     * @throws IllegalStateException if the server cannot be reached or refuses the client
     */
    public static McpTestClient webSocket(URI uri, String token) {
        return new McpTestClient(new WebSocketTestConnection(uri, token));
    }

    /**
     * Connects by Streamable HTTP.
     *
     * @param uri {@code http://…} or {@code https://…}
     * @param token the bearer token; empty for none
     * @throws IllegalStateException if the server refuses the client
     * @throws java.io.UncheckedIOException if the server cannot be reached
     */
    public static McpTestClient http(URI uri, String token) {
        return new McpTestClient(new HttpTestConnection(uri, token));
    }

    /**
     * Calls a tool.
     *
     * @param arguments values that Jackson can write as JSON
     * @throws McpErrorException if the server refuses the call, for example because there is no
     *     such tool. A tool that fails returns a result with {@link ToolResult#isError}
     */
    public ToolResult callTool(String name, Map<String, ?> arguments) {
        return new ToolResult(request("tools/call", Map.of("name", name, "arguments", arguments)));
    }

    /** Returns the names of the tools on the first page of the list. */
    public List<String> toolNames() {
        return request("tools/list", Map.of())
                .path("tools")
                .valueStream()
                .map(tool -> tool.path("name").asString(""))
                .toList();
    }

    /**
     * Sends any request, and returns its result.
     *
     * @param params values that Jackson can write as JSON
     * @throws McpErrorException if the response is an error
     * @throws IllegalStateException if there is no response
     */
    public JsonNode request(String method, Map<String, ?> params) {
        return connection.request(method, JSON.valueToTree(params));
    }

    /** Ends the session. */
    @Override
    public void close() {
        connection.close();
    }

    static IllegalStateException noResponse(String method, @Nullable Exception cause) {
        return new IllegalStateException("No response to " + method, cause);
    }

    static IllegalStateException interrupted(InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new IllegalStateException("Interrupted", cause);
    }
}
