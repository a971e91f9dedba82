package io.springline.transport.http;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.Decoded.Message;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.mcp.ExtensionMethods;
import io.springline.transport.http.stream.Accepted;
import io.springline.transport.http.stream.Slices;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Writes HTTP responses that consist of one JSON-RPC message. */
final class HttpErrors {

    /** Since 2026-07-28: a header does not match the body. */
    static final int HEADER_MISMATCH = -32020;

    private static final int SESSION_NOT_FOUND = -32001;

    private final JsonRpcCodec codec;

    HttpErrors(JsonRpcCodec codec) {
        this.codec = codec;
    }

    /** Writes an error about the HTTP request itself, without a JSON-RPC id. */
    void write(HttpServletResponse response, int status, String message) throws IOException {
        write(response, status, ErrorCode.INVALID_REQUEST.error(message));
    }

    /** Writes an error without a JSON-RPC id. */
    void write(HttpServletResponse response, int status, JsonRpcError error) throws IOException {
        write(response, status, error, null);
    }

    void write(HttpServletResponse response, int status, JsonRpcError error, @Nullable RequestId id)
            throws IOException {
        writeJson(response, status, codec.encode(new ErrorResponse(id, error)), () -> {});
    }

    /**
     * @param progress called when the client has read a part
     */
    static void writeJson(HttpServletResponse response, int status, byte[] json, Runnable progress)
            throws IOException {
        response.setStatus(status);
        response.setContentType(Accepted.JSON);
        response.setHeader("Cache-Control", "no-store");
        response.setContentLength(json.length);
        Slices.write(response.getOutputStream(), json, progress);
    }

    byte[] encode(ErrorResponse error) {
        return codec.encode(error);
    }

    Decoded decode(byte[] message) {
        return codec.decode(message);
    }

    /** Returns the error of an encoded response, or null if it is a result. */
    @Nullable JsonRpcError errorOf(byte[] response) {
        return mayBeError(response)
                        && codec.decode(response) instanceof Message(ErrorResponse(_, var error))
                ? error
                : null;
    }

    void writeSessionNotFound(HttpServletResponse response) throws IOException {
        write(
                response,
                404,
                new JsonRpcError(
                        SESSION_NOT_FOUND,
                        "Session not found: send initialize to open a new one",
                        null));
    }

    void writeStoreAway(HttpServletResponse response) throws IOException {
        response.setHeader("Retry-After", "1");
        write(
                response,
                503,
                "This node has no room for the session, or cannot reach the store of sessions: send the request again");
    }

    /** Returns false if the response is a result, which shows in its first bytes, after the id. */
    private static boolean mayBeError(byte[] response) {
        int end = Math.min(response.length, RequestId.MAX_LENGTH * 6 + 64);
        String head = new String(response, 0, Math.min(end, 128), StandardCharsets.ISO_8859_1);
        if (head.contains("\"result\":")) {
            return false;
        }
        return new String(response, 0, end, StandardCharsets.ISO_8859_1).contains("\"error\":");
    }

    /** Returns true for methods that exist only over WebSocket. */
    static boolean isOfWebSockets(String method) {
        return method.startsWith(ExtensionMethods.PREFIX) || method.equals("authenticate");
    }

    /** Returns the HTTP status of a modern request that is answered with this error. */
    static int status(JsonRpcError error) {
        return switch (error.code()) {
            case -32700, -32600, -32020, -32021, -32022 -> 400;
            case -32601 -> 404;
            // 400 only for invalid params that concern {@code _meta}; those of the method itself
            // get 200.
            case -32602 -> error.data() != null && error.data().has("missing") ? 400 : 200;
            default -> 200;
        };
    }
}
