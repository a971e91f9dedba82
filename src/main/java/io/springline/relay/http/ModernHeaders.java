package io.springline.relay.http;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.mcp.MetaKeys;
import io.springline.mcp.RequestHeaders;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The headers that repeat parts of a 2026-07-28 message. Thread-safe.
 *
 * @see <a href="https://modelcontextprotocol.io/seps/2243-http-standardization">SEP-2243</a>
 */
final class ModernHeaders {

    private final Map<String, Map<JsonPointer, String>> mirrored = new ConcurrentHashMap<>();

    /** Sets the mirrored headers of a tool, see {@link HttpTransport#mirrored}. */
    void mirror(String tool, Map<JsonPointer, String> headerByArgument) {
        if (headerByArgument.isEmpty()) {
            mirrored.remove(tool);
        } else {
            mirrored.put(tool, headerByArgument);
        }
    }

    static boolean isModern(JsonRpcMessage message) {
        return version(params(message)) != null;
    }

    /** Returns the headers by name; none for a legacy message. */
    Map<String, String> of(JsonRpcMessage message) {
        ObjectNode params = params(message);
        String version = version(params);
        if (params == null || version == null) {
            return Map.of();
        }
        String method =
                switch (message) {
                    case Request request -> request.method();
                    case Notification notification -> notification.method();
                    case JsonRpcMessage.Response _ -> "";
                };
        var headers = new LinkedHashMap<String, String>();
        headers.put(RequestHeaders.VERSION, RequestHeaders.encode(version));
        headers.put(RequestHeaders.METHOD, RequestHeaders.encode(method));
        JsonNode name =
                switch (method) {
                    case "tools/call", "prompts/get" -> params.path("name");
                    case "resources/read" -> params.path("uri");
                    case "tasks/get", "tasks/update", "tasks/cancel" -> params.path("taskId");
                    default -> MissingNode.getInstance();
                };
        if (name.isString()) {
            headers.put(RequestHeaders.NAME, RequestHeaders.encode(name.stringValue()));
        }
        if (method.equals("tools/call") && name.isString()) {
            addMirrored(name.stringValue(), params.path("arguments"), headers);
        }
        return headers;
    }

    private void addMirrored(String tool, JsonNode arguments, Map<String, String> headers) {
        mirrored.getOrDefault(tool, Map.of())
                .forEach((pointer, header) -> {
                    JsonNode value = arguments.at(pointer);
                    // absent and null arguments have no header
                    if (value.isString() || value.isNumber() || value.isBoolean()) {
                        headers.put(
                                RequestHeaders.PARAMETER + header,
                                RequestHeaders.encode(value.asString()));
                    }
                });
    }

    private static @Nullable ObjectNode params(JsonRpcMessage message) {
        return switch (message) {
            case Request request -> request.params();
            case Notification notification -> notification.params();
            case JsonRpcMessage.Response _ -> null;
        };
    }

    private static @Nullable String version(@Nullable ObjectNode params) {
        if (params == null) {
            return null;
        }
        JsonNode version = params.path(MetaKeys.META).path(MetaKeys.PROTOCOL_VERSION);
        return version.isString() ? version.stringValue() : null;
    }
}
