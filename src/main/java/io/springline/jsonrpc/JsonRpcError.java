package io.springline.jsonrpc;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What an error response says. Everything in it is read by the peer: no class names, no paths, no
 * values of other callers.
 *
 * @param code see {@link ErrorCode}; a relayed error keeps the code of its origin
 * @param message one sentence that names the thing and what is allowed
 * @param data further members that the code prescribes, or null
 */
public record JsonRpcError(int code, String message, @Nullable JsonNode data) {
    public JsonRpcError {
        Objects.requireNonNull(message, "message");
    }
}
