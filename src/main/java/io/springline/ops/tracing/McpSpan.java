package io.springline.ops.tracing;

import io.micrometer.observation.Observation;
import io.springline.jsonrpc.JsonRpcError;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Attributes that spans of client requests and spans of upstream calls share, named by
 * OpenTelemetry's semantic conventions for MCP. Values have a limited length. Arguments and results
 * are not recorded. Clients can influence some values, but neither names of spans nor keys.
 */
final class McpSpan {

    /** The maximum length in characters of a value from a peer. */
    private static final int MAX_VALUE = 200;

    /** Marks a span as failed if no exception was thrown. Has no stack trace. */
    private static final class Failure extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Failure(String message) {
            super(message, null, false, false);
        }
    }

    private McpSpan() {}

    /** Adds the method, and the name of the tool or prompt or the URI of the resource. */
    static void describe(Observation span, String method, ObjectNode params) {
        span.lowCardinalityKeyValue("mcp.method.name", method);
        String name = params.path("name").asString("");
        String uri = params.path("uri").asString("");
        switch (method) {
            case "tools/call" -> {
                span.lowCardinalityKeyValue("gen_ai.operation.name", "execute_tool");
                span.highCardinalityKeyValue("gen_ai.tool.name", cut(name));
            }
            case "prompts/get" -> span.highCardinalityKeyValue("gen_ai.prompt.name", cut(name));
            default -> {
                if (!uri.isEmpty()) {
                    span.highCardinalityKeyValue("mcp.resource.uri", cut(withoutSecrets(uri)));
                }
            }
        }
    }

    static void failed(Observation span, JsonRpcError error) {
        String code = Integer.toString(error.code());
        span.lowCardinalityKeyValue("rpc.response.status_code", code);
        failed(span, code, error.message());
    }

    static void failed(Observation span, String type) {
        failed(span, type, type);
    }

    static void failed(Observation span, String type, @Nullable String message) {
        span.lowCardinalityKeyValue("error.type", type);
        span.error(new Failure(cut(message == null ? type : message)));
    }

    static String cut(String value) {
        return value.length() > MAX_VALUE ? value.substring(0, MAX_VALUE) : value;
    }

    private static String withoutSecrets(String uri) {
        return uri.split("[?#]", 2)[0];
    }
}
