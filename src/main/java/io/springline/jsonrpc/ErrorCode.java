package io.springline.jsonrpc;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The JSON-RPC error codes that this server sends.
 *
 * @see <a href="https://www.jsonrpc.org/specification#error_object">JSON-RPC 2.0, 5.1</a>
 */
public enum ErrorCode {
    /** The message is not JSON, or exceeds a limit of the codec. */
    PARSE_ERROR(-32700),
    /** The message is JSON, but not a JSON-RPC message, or is not allowed in the current state. */
    INVALID_REQUEST(-32600),
    /** The method does not exist, or not in the revision of the request. */
    METHOD_NOT_FOUND(-32601),
    /**
     * Invalid params. Also for an unknown tool or prompt, an invalid cursor, and since 2026-07-28
     * an unknown resource.
     */
    INVALID_PARAMS(-32602),
    /** A failure of the server, a timeout, or a limit that was reached. */
    INTERNAL_ERROR(-32603),
    /** The client has not authenticated, or its token was not accepted. Specific to Springline. */
    AUTHENTICATION_REQUIRED(-32001),
    /** The resource does not exist. Only in revisions 2024-11-05 to 2025-11-25. */
    RESOURCE_NOT_FOUND(-32002),
    /** Since 2026-07-28: the request needs a client capability that was not declared. */
    MISSING_CLIENT_CAPABILITY(-32021),
    /** Since 2026-07-28: the version in {@code _meta} is not supported there. */
    UNSUPPORTED_PROTOCOL_VERSION(-32022),
    /**
     * The principal lacks a scope or role. {@code data.requiredScopes} lists the required scopes
     * and roles. Specific to Springline.
     */
    INSUFFICIENT_SCOPE(403);

    private final int code;

    ErrorCode(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    public JsonRpcError error(String message) {
        return new JsonRpcError(code, message, null);
    }

    public JsonRpcException exception(String message) {
        return exception(message, null);
    }

    public JsonRpcException exception(String message, @Nullable JsonNode data) {
        return new JsonRpcException(new JsonRpcError(code, message, data));
    }
}
