package io.springline.jsonrpc;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The error codes that this server sends.
 *
 * @see <a href="https://www.jsonrpc.org/specification#error_object">JSON-RPC 2.0, 5.1</a>
 */
public enum ErrorCode {
    /** The text is not JSON, or exceeds a limit of the codec. */
    PARSE_ERROR(-32700),
    /** JSON, but not a JSON-RPC message, or one that is not allowed now. */
    INVALID_REQUEST(-32600),
    /** No such method, or not in the protocol era or with the capabilities of this request. */
    METHOD_NOT_FOUND(-32601),
    /** Also: unknown tool or prompt, bad cursor, and from 2026-07-28 on unknown resource. */
    INVALID_PARAMS(-32602),
    /** A fault of ours, a timeout, or a limit that was reached. */
    INTERNAL_ERROR(-32603),
    /** The client has yet to say who it is, or what it said is not valid. */
    AUTHENTICATION_REQUIRED(-32001),
    /** 2024-11-05 to 2025-11-25 only. */
    RESOURCE_NOT_FOUND(-32002),
    /** 2026-07-28: the request needs a client capability that it did not declare. */
    MISSING_CLIENT_CAPABILITY(-32021),
    /** 2026-07-28: the version named in {@code _meta} is not served under the modern scheme. */
    UNSUPPORTED_PROTOCOL_VERSION(-32022),
    /** Of this service: the principal lacks a scope, which the data names. */
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
