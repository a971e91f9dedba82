package io.springline.jsonrpc;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A well-formed JSON-RPC 2.0 message. Threads share its JSON trees, so nobody may modify them: copy
 * a tree first.
 *
 * @see <a href="https://www.jsonrpc.org/specification">JSON-RPC 2.0</a>
 */
public sealed interface JsonRpcMessage {

    /**
     * A request. It gets at most one {@link Response} with the same id; none if it is cancelled.
     * {@code params} is null if absent.
     */
    record Request(RequestId id, String method, @Nullable ObjectNode params)
            implements JsonRpcMessage {
        public Request {
            Objects.requireNonNull(id, "id");
            Objects.requireNonNull(method, "method");
        }

        /** Creates a request without params. */
        public Request(RequestId id, String method) {
            this(id, method, null);
        }

        /** Returns this request under another id. */
        public Request withId(RequestId other) {
            return new Request(other, method, params);
        }

        @Override
        public String toString() {
            return "%s id=%s".formatted(method, id);
        }
    }

    /**
     * A notification. It is never answered, not even with an error. {@code params} is null if
     * absent.
     */
    record Notification(String method, @Nullable ObjectNode params) implements JsonRpcMessage {
        public Notification {
            Objects.requireNonNull(method, "method");
        }

        /** Creates a notification without params. */
        public Notification(String method) {
            this(method, null);
        }

        @Override
        public String toString() {
            return method;
        }
    }

    /** The answer to a request. */
    sealed interface Response extends JsonRpcMessage {

        /** Returns the id of the answered request, or null if that id could not be read. */
        @Nullable RequestId id();
    }

    /** The answer to a successful request. */
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
     * The answer to a failed request. If the id is null, because the request's id could not be
     * read, the {@code id} member is omitted: MCP's schemas do not allow {@code "id":null}.
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
