package io.springline.jsonrpc;

import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The top-level members of one object, null where a member is absent, and what they make of it: a
 * message, or what is wrong with it.
 */
final class Envelope {
    private @Nullable JsonNode version;
    private @Nullable JsonNode id;
    private @Nullable JsonNode method;
    private @Nullable JsonNode params;
    private @Nullable JsonNode result;
    private @Nullable JsonNode error;
    private @Nullable Set<String> others;

    private Envelope() {}

    /** What the object is that starts at the current token. */
    static Decoded.Single classify(JsonParser in) {
        var envelope = new Envelope();
        while (in.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = in.currentName();
            in.nextToken();
            envelope.read(name, in);
        }
        return envelope.classify();
    }

    static Decoded.Single classify(ObjectNode object) {
        var envelope = new Envelope();
        envelope.version = object.get("jsonrpc");
        envelope.id = object.get("id");
        envelope.method = object.get("method");
        envelope.params = object.get("params");
        envelope.result = object.get("result");
        envelope.error = object.get("error");
        return envelope.classify();
    }

    static Decoded.Malformed notAnObject() {
        return malformed(
                null, ErrorCode.INVALID_REQUEST, "Invalid Request: a message is a JSON object");
    }

    static Decoded.Malformed tooManyElements() {
        return malformed(
                null,
                ErrorCode.INVALID_REQUEST,
                "Invalid Request: a batch of more than %d elements"
                        .formatted(JsonRpcCodec.MAX_BATCH));
    }

    static Decoded.Malformed parseError(String what) {
        return malformed(null, ErrorCode.PARSE_ERROR, "Parse error: " + what);
    }

    private static Decoded.Malformed malformed(
            @Nullable RequestId id, ErrorCode code, String message) {
        return new Decoded.Malformed(new ErrorResponse(id, code.error(message)), true);
    }

    /** Reads the value that starts at the current token. */
    private void read(String name, JsonParser in) {
        JsonNode value = Trees.read(in);
        switch (name) {
            case "jsonrpc" -> version = first(version, value, in);
            case "id" -> id = first(id, value, in);
            case "method" -> method = first(method, value, in);
            case "params" -> params = first(params, value, in);
            case "result" -> result = first(result, value, in);
            case "error" -> error = first(error, value, in);
            default -> other(name, in);
        }
    }

    private static JsonNode first(@Nullable JsonNode before, JsonNode value, JsonParser in) {
        if (before != null) {
            throw twice(in);
        }
        return value;
    }

    private void other(String name, JsonParser in) {
        if (others == null) {
            others = new HashSet<>();
        }
        if (!others.add(name)) {
            throw twice(in);
        }
    }

    private static StreamReadException twice(JsonParser in) {
        return new StreamReadException(in, "a key twice");
    }

    private Decoded.Single classify() {
        RequestId readable = RequestId.of(id);
        if (version == null
                || !version.isString()
                || !version.stringValue().equals(JsonRpcCodec.VERSION)) {
            return malformed(
                    method == null ? null : readable,
                    ErrorCode.INVALID_REQUEST,
                    "Invalid Request: jsonrpc must be \"2.0\"");
        }
        return method == null ? response(readable) : call(method, readable);
    }

    private Decoded.Single call(JsonNode method, @Nullable RequestId readable) {
        if (result != null || error != null) {
            return malformed(
                    readable,
                    ErrorCode.INVALID_REQUEST,
                    "Invalid Request: a message has a method or a result or an error");
        }
        if (!method.isString()) {
            return malformed(
                    readable,
                    ErrorCode.INVALID_REQUEST,
                    "Invalid Request: method must be a string");
        }
        if (id == null) {
            return params == null || params instanceof ObjectNode
                    ? new Decoded.Message(
                            new Notification(method.stringValue(), (ObjectNode) params))
                    : new Decoded.Ignored("a notification whose params are no object");
        }
        if (readable == null) {
            return malformed(
                    null,
                    ErrorCode.INVALID_REQUEST,
                    "Invalid Request: id must be a string of at most %d characters or an integer"
                            .formatted(RequestId.MAX_LENGTH));
        }
        if (params != null && !(params instanceof ObjectNode)) {
            return new Decoded.Malformed(
                    new ErrorResponse(
                            readable,
                            ErrorCode.INVALID_PARAMS.error(
                                    "Invalid params: params must be an object")),
                    false);
        }
        return new Decoded.Message(
                new Request(readable, method.stringValue(), (ObjectNode) params));
    }

    private Decoded.Single response(@Nullable RequestId readable) {
        if (id != null && result == null && error == null) {
            return malformed(
                    readable,
                    ErrorCode.INVALID_REQUEST,
                    "Invalid Request: a message needs a method, a result or an error");
        }
        if (readable == null || (result == null) == (error == null)) {
            return new Decoded.Ignored("a response without a usable id or with two outcomes");
        }
        return new Decoded.Message(
                result != null
                        ? new ResultResponse(readable, result)
                        : new ErrorResponse(readable, peerError(error)));
    }

    /** Peers send all kinds of errors; whatever is missing is filled in. */
    private static JsonRpcError peerError(@Nullable JsonNode error) {
        if (error == null || !error.isObject()) {
            return ErrorCode.INTERNAL_ERROR.error("the peer sent an error without a message");
        }
        return new JsonRpcError(
                error.path("code").asInt(ErrorCode.INTERNAL_ERROR.code()),
                error.path("message").asString(""),
                error.get("data"));
    }
}
