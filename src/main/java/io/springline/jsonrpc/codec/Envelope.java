package io.springline.jsonrpc.codec;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The top-level members of one JSON object, null if absent. Classifies the object as a message, or
 * as the error that it gets.
 */
final class Envelope {

    /** Matches MCP methods, but not the {@code method} of an HTTP log line. */
    private static final Pattern METHOD = Pattern.compile("ping|[a-z]++(/[a-zA-Z_]++)++");

    static final String DUPLICATE_KEY = "a duplicate key";

    private enum Strictness {
        STRICT,
        /** As {@link JsonRpcCodec#lenientJson}. */
        LENIENT
    }

    private @Nullable JsonNode version;
    private @Nullable JsonNode id;
    private @Nullable JsonNode method;
    private @Nullable JsonNode params;
    private @Nullable JsonNode result;
    private @Nullable JsonNode error;
    private @Nullable Set<String> others;
    private final boolean lenient;
    private boolean hasOutcome;

    private Envelope(Strictness strictness) {
        this.lenient = strictness == Strictness.LENIENT;
    }

    /** Reads and classifies the object that starts at the current token. */
    static Decoded.Single classify(JsonParser in) {
        return new Envelope(Strictness.STRICT).readObject(in);
    }

    /** Does the same, with the leniency of {@link JsonRpcCodec#lenientJson}. */
    static Decoded.Single classifyLeniently(JsonParser in) {
        return new Envelope(Strictness.LENIENT).readObject(in);
    }

    private Decoded.Single readObject(JsonParser in) {
        while (in.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = in.currentName();
            in.nextToken();
            read(name, in);
        }
        return classify();
    }

    static Decoded.Single classify(ObjectNode object) {
        var envelope = new Envelope(Strictness.STRICT);
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
                ErrorCode.INVALID_REQUEST, "Invalid Request: a message must be a JSON object");
    }

    static Decoded.Malformed tooManyElements() {
        return malformed(
                ErrorCode.INVALID_REQUEST,
                "Invalid Request: a batch of more than %d elements"
                        .formatted(JsonRpcCodec.MAX_BATCH));
    }

    static Decoded.Malformed parseError(String what) {
        return malformed(ErrorCode.PARSE_ERROR, "Parse error: " + what);
    }

    private static Decoded.Malformed malformed(ErrorCode code, String message) {
        return malformed(null, code, message);
    }

    private static Decoded.Malformed malformed(
            @Nullable RequestId id, ErrorCode code, String message) {
        return Decoded.Malformed.counted(new ErrorResponse(id, code.error(message)));
    }

    /** Reads the value at the current token into the member of this name. */
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
            throw duplicateKey(in);
        }
        return value;
    }

    private void other(String name, JsonParser in) {
        if (others == null) {
            others = new HashSet<>();
        }
        if (!others.add(name)) {
            throw duplicateKey(in);
        }
    }

    private static StreamReadException duplicateKey(JsonParser in) {
        return new StreamReadException(in, DUPLICATE_KEY);
    }

    private Decoded.Single classify() {
        dropNulls();
        RequestId readable = RequestId.of(id);
        if (!isJsonRpc()) {
            return lenient
                    ? new Decoded.Ignored("not a JSON-RPC message")
                    : malformed(
                            method == null ? null : readable,
                            ErrorCode.INVALID_REQUEST,
                            "Invalid Request: jsonrpc must be \"2.0\"");
        }
        return method == null ? response(readable) : call(method, readable);
    }

    /**
     * Removes null members, which count as absent. Exceptions are the id, which JSON-RPC forbids to
     * be null, and the result of an answer without an error.
     */
    private void dropNulls() {
        hasOutcome = result != null || error != null;
        version = present(version);
        method = present(method);
        params = present(params);
        error = present(error);
        if (method != null || error != null) {
            result = present(result);
        }
        if (params instanceof ObjectNode object) {
            NullMembers.removeFrom(object);
        }
        if (result instanceof ObjectNode object) {
            NullMembers.removeFrom(object);
        }
    }

    private static @Nullable JsonNode present(@Nullable JsonNode member) {
        return member == null || member.isNull() ? null : member;
    }

    /**
     * Returns true if the object is a JSON-RPC message. In lenient mode, an answer or a call of an
     * MCP method needs no {@code jsonrpc} member.
     */
    private boolean isJsonRpc() {
        return isVersioned()
                || lenient
                        && (method == null
                                ? result != null || error != null
                                : METHOD.matcher(method.asString("")).matches());
    }

    private boolean isVersioned() {
        return version != null
                && version.isString()
                && version.stringValue().equals(JsonRpcCodec.VERSION);
    }

    private Decoded.Single call(JsonNode method, @Nullable RequestId readable) {
        if (result != null || error != null) {
            return malformed(
                    readable,
                    ErrorCode.INVALID_REQUEST,
                    "Invalid Request: a message must have only one of method, result and error");
        }
        if (!method.isString()) {
            return malformed(
                    readable,
                    ErrorCode.INVALID_REQUEST,
                    "Invalid Request: method must be a string");
        }
        String name = method.stringValue();
        if (id == null || lenient && id.isNull() && name.startsWith("notifications/")) {
            return params == null || params instanceof ObjectNode
                    ? new Decoded.Message(new Notification(name, (ObjectNode) params))
                    : new Decoded.Ignored("a notification with params that are not an object");
        }
        if (readable == null) {
            return malformed(
                    ErrorCode.INVALID_REQUEST,
                    "Invalid Request: id must be a string of at most %d characters or an integer"
                            .formatted(RequestId.MAX_LENGTH));
        }
        if (params != null && !(params instanceof ObjectNode)) {
            return Decoded.Malformed.tolerated(
                    new ErrorResponse(
                            readable,
                            ErrorCode.INVALID_PARAMS.error(
                                    "Invalid params: params must be an object")));
        }
        return new Decoded.Message(new Request(readable, name, (ObjectNode) params));
    }

    private Decoded.Single response(@Nullable RequestId readable) {
        JsonNode outcome = error == null ? result : error;
        if (outcome == null) {
            return withoutOutcome(readable);
        }
        if (readable == null) {
            return lenient && error != null && isVersioned()
                    ? new Decoded.Message(new ErrorResponse(null, peerError(outcome)))
                    : new Decoded.Ignored("a response without a usable id");
        }
        if (error != null && result != null) {
            return new Decoded.UnusableAnswer(readable, "it has both a result and an error");
        }
        return new Decoded.Message(
                error == null
                        ? new ResultResponse(readable, outcome)
                        : new ErrorResponse(readable, peerError(outcome)));
    }

    private Decoded.Single withoutOutcome(@Nullable RequestId readable) {
        if ((lenient || hasOutcome) && readable != null) {
            return new Decoded.UnusableAnswer(readable, "it has neither a result nor an error");
        }
        return id == null
                ? new Decoded.Ignored("neither a call nor a response")
                : malformed(
                        readable,
                        ErrorCode.INVALID_REQUEST,
                        "Invalid Request: a message must have a method, a result or an error");
    }

    /** Returns the error of a peer. Replaces a missing code and message by defaults. */
    private static JsonRpcError peerError(JsonNode error) {
        if (!error.isObject()) {
            return ErrorCode.INTERNAL_ERROR.error(text(error));
        }
        JsonNode message = present(error.get("message"));
        return new JsonRpcError(
                error.path("code").asInt(ErrorCode.INTERNAL_ERROR.code()),
                message == null ? "the peer sent an error without a message" : text(message),
                present(error.get("data")));
    }

    private static String text(JsonNode node) {
        return node.isString() ? node.stringValue() : node.toString();
    }
}
