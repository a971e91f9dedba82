package io.springline.jsonrpc;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One well-formed JSON-RPC 2.0 message. Trees are owned by whoever holds the message; a receiver
 * that wants to change one copies it first.
 *
 * @see <a href="https://www.jsonrpc.org/specification">JSON-RPC 2.0</a>
 */
public sealed interface JsonRpcMessage {

    /**
     * Expects exactly one {@link Response} with the same id. {@code params} is null when absent.
     */
    record Request(RequestId id, String method, @Nullable ObjectNode params)
            implements JsonRpcMessage {
        public Request {
            Objects.requireNonNull(id, "id");
            Objects.requireNonNull(method, "method");
        }

        @Override
        public String toString() {
            return "%s id=%s".formatted(method, id);
        }
    }

    /** Is never answered, not even with an error. {@code params} is null when absent. */
    record Notification(String method, @Nullable ObjectNode params) implements JsonRpcMessage {
        public Notification {
            Objects.requireNonNull(method, "method");
        }

        @Override
        public String toString() {
            return method;
        }
    }

    /** The one answer to a request. */
    sealed interface Response extends JsonRpcMessage {

        /** Of the request that it answers; null where that could not be read. */
        @Nullable RequestId id();
    }

    /** Success. */
    record ResultResponse(RequestId id, JsonNode result) implements Response {
        public ResultResponse {
            Objects.requireNonNull(id, "id");
            Objects.requireNonNull(result, "result");
        }

        @Override
        public String toString() {
            return "result id=%s".formatted(id);
        }
    }

    /**
     * Failure. The id is null, and absent from the wire, when the request's id could not be read:
     * MCP's schemas do not allow {@code "id":null}.
     */
    record ErrorResponse(@Nullable RequestId id, JsonRpcError error) implements Response {
        public ErrorResponse {
            Objects.requireNonNull(error, "error");
        }

        @Override
        public String toString() {
            return "error %d id=%s".formatted(error.code(), id);
        }
    }
}
