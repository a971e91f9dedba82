package io.springline.interop;

import com.sun.net.httpserver.Headers;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Modern HTTP repeats parts of the body in headers, and both must agree; a WebSocket has neither.
 */
final class MirroredHeaders {

    private static final String VERSION = "MCP-Protocol-Version";
    private static final String VERSION_KEY = "io.modelcontextprotocol/protocolVersion";
    private static final String CAPABILITIES_KEY = "io.modelcontextprotocol/clientCapabilities";
    private static final List<String> LEGACY =
            List.of("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25");

    private MirroredHeaders() {}

    static boolean isModern(Headers headers, JsonNode message) {
        String version = headers.getFirst(VERSION);
        return meta(message).has(VERSION_KEY) || version != null && !LEGACY.contains(version);
    }

    /** What does not agree; null when all does, or when the service has to refuse the body. */
    static @Nullable String fault(Headers headers, JsonNode message) {
        JsonNode meta = meta(message);
        if (!message.has("id") || !meta.has(VERSION_KEY) || !meta.has(CAPABILITIES_KEY)) {
            return null;
        }
        String method = message.path("method").asString("");
        JsonNode params = message.path("params");
        String fault = fault(headers, VERSION, meta.path(VERSION_KEY));
        if (fault == null) {
            fault = fault(headers, "Mcp-Method", message.path("method"));
        }
        if (fault != null) {
            return fault;
        }
        return switch (method) {
            case "tools/call", "prompts/get" -> fault(headers, "Mcp-Name", params.path("name"));
            case "resources/read" -> fault(headers, "Mcp-Name", params.path("uri"));
            case "tasks/get", "tasks/update", "tasks/cancel" ->
                    headers.containsKey("Mcp-Name")
                            ? fault(headers, "Mcp-Name", params.path("taskId"))
                            : null;
            default -> null;
        };
    }

    private static @Nullable String fault(Headers headers, String name, JsonNode expected) {
        String value = headers.getFirst(name);
        if (value == null) {
            return name + " is missing";
        }
        return value.strip().equals(expected.asString("")) ? null : name + " is not the body's";
    }

    static String refusal(JsonNode id, String fault) {
        return """
        {"jsonrpc":"2.0","id":%s,"error":{"code":-32020,"message":"%s"}}\
        """
                .formatted(id, fault);
    }

    private static JsonNode meta(JsonNode message) {
        return message.at("/params/_meta");
    }
}
