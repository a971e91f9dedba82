package io.springline.jsonrpc;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The error of an error response. The peer reads all of it, so it must not contain class names,
 * paths or values of other callers.
 *
 * @param code see {@link ErrorCode}; a relayed error keeps the code of its origin
 * @param message one sentence that names what is wrong and what is allowed
 * @param data further members that the code requires, or null
 */
public record JsonRpcError(int code, String message, @Nullable JsonNode data) {
    public JsonRpcError {
        Objects.requireNonNull(message, "message");
    }
}
