package io.springline.transport.http;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.Decoded.Message;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.transport.http.stream.Accepted;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Writes responses that hold one JSON-RPC document. */
final class HttpErrors {

    /** 2026-07-28: a header and the body do not agree. */
    static final int HEADER_MISMATCH = -32020;

    static final int SESSION_NOT_FOUND = -32001;

    private final JsonRpcCodec codec;

    HttpErrors(JsonRpcCodec codec) {
        this.codec = codec;
    }

    /** An error that concerns the HTTP request, so it names no JSON-RPC request. */
    void write(HttpServletResponse response, int status, String message) throws IOException {
        write(response, status, ErrorCode.INVALID_REQUEST.error(message), null);
    }

    void write(HttpServletResponse response, int status, JsonRpcError error, @Nullable RequestId id)
            throws IOException {
        writeJson(response, status, codec.encode(new ErrorResponse(id, error)));
    }

    static void writeJson(HttpServletResponse response, int status, byte[] json)
            throws IOException {
        response.setStatus(status);
        response.setContentType(Accepted.JSON);
        response.setHeader("Cache-Control", "no-store");
        response.setContentLength(json.length);
        response.getOutputStream().write(json);
    }

    byte[] encode(ErrorResponse error) {
        return codec.encode(error);
    }

    Decoded decode(byte[] message) {
        return codec.decode(message);
    }

    /** Returns the error of an encoded response, or null for a result. */
    @Nullable JsonRpcError errorOf(byte[] response) {
        return isMarked(response)
                        && codec.decode(response) instanceof Message(ErrorResponse(_, var error))
                ? error
                : null;
    }

    /** A response with a result says so within its first bytes, behind its id. */
    private static boolean isMarked(byte[] response) {
        int end = Math.min(response.length, RequestId.MAX_LENGTH * 6 + 64);
        String head = new String(response, 0, Math.min(end, 128), StandardCharsets.ISO_8859_1);
        if (head.contains("\"result\":")) {
            return false;
        }
        return new String(response, 0, end, StandardCharsets.ISO_8859_1).contains("\"error\":");
    }

    /** Returns whether a method is one of WebSockets alone. */
    static boolean isOfWebSockets(String method) {
        return method.startsWith("springline/") || method.equals("authenticate");
    }

    /** The HTTP status of a modern request that was answered with an error. */
    static int status(JsonRpcError error) {
        return switch (error.code()) {
            case -32700, -32600, -32020, -32021, -32022 -> 400;
            case -32601 -> 404;
            // of the two kinds of invalid params, the one that concerns the envelope
            case -32602 -> error.data() != null && error.data().has("missing") ? 400 : 200;
            default -> 200;
        };
    }
}
