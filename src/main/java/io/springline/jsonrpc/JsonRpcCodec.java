package io.springline.jsonrpc;

import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.ByteArrayBuilder;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads and writes messages strictly and without loss: duplicate keys, too deep nesting and
 * over-long numbers are refused, decimals keep their digits. Safe for use by many threads.
 *
 * <p>What it answers to broken input is fixed by a table, first match wins: not JSON; scalar;
 * {@code jsonrpc} not "2.0"; a method beside a result; a method that is no string; an id that is
 * neither string nor integer; params that are no object; no method, result or error.
 */
public final class JsonRpcCodec {

    /** Deepest nesting of arrays and objects; a deeper message is a parse error. */
    public static final int MAX_DEPTH = 200;

    /** Most digits of one number; a longer one is a parse error. */
    public static final int MAX_NUMBER_LENGTH = 100;

    private static final String VERSION = "2.0";

    private final ObjectMapper mapper;

    private JsonRpcCodec(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    /**
     * A codec for JSON text.
     *
     * @param maxStringLength in characters, at least 1; the size limit of a message is a good value
     */
    public static JsonRpcCodec json(int maxStringLength) {
        var limits =
                StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .maxNumberLength(MAX_NUMBER_LENGTH)
                        .maxStringLength(maxStringLength)
                        .build();
        var factory =
                JsonFactory.builder()
                        .streamReadConstraints(limits)
                        .disable(TokenStreamFactory.Feature.CHARSET_DETECTION)
                        .build();
        return new JsonRpcCodec(
                JsonMapper.builder(factory)
                        .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                        .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
                        .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                        .build());
    }

    public Decoded decode(String text) {
        return decode(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * @param bytes in UTF-8
     */
    public Decoded decode(byte[] bytes) {
        try (JsonParser in = mapper.createParser(bytes)) {
            return decode(in);
        } catch (StreamConstraintsException e) {
            return tooLarge();
        } catch (JacksonException e) {
            return notJson();
        }
    }

    /** The bytes of one message, to be sent as one WebSocket message. */
    public byte[] encode(JsonRpcMessage message) {
        return written(out -> write(message, out));
    }

    /** The bytes of the array that answers a 2025-03-26 batch. */
    public byte[] encode(List<? extends JsonRpcMessage> batch) {
        return written(out -> {
            out.writeStartArray();
            batch.forEach(message -> write(message, out));
            out.writeEndArray();
        });
    }

    private byte[] written(Consumer<JsonGenerator> content) {
        var bytes = new ByteArrayBuilder(512);
        try (JsonGenerator out = mapper.createGenerator(bytes)) {
            content.accept(out);
        }
        return bytes.toByteArray();
    }

    private static void write(JsonRpcMessage message, JsonGenerator out) {
        out.writeStartObject();
        out.writeStringProperty("jsonrpc", VERSION);
        switch (message) {
            case Request(var id, var method, var params) -> {
                out.writeName("id");
                id.writeTo(out);
                writeCall(method, params, out);
            }
            case Notification(var method, var params) -> writeCall(method, params, out);
            case ResultResponse(var id, var result) -> {
                out.writeName("id");
                id.writeTo(out);
                out.writeName("result");
                out.writeTree(result);
            }
            case ErrorResponse(var id, var error) -> {
                if (id != null) {
                    out.writeName("id");
                    id.writeTo(out);
                }
                writeError(error, out);
            }
        }
        out.writeEndObject();
    }

    private static void writeCall(String method, @Nullable ObjectNode params, JsonGenerator out) {
        out.writeStringProperty("method", method);
        if (params != null) {
            out.writeName("params");
            out.writeTree(params);
        }
    }

    private static void writeError(JsonRpcError error, JsonGenerator out) {
        out.writeObjectPropertyStart("error");
        out.writeNumberProperty("code", error.code());
        out.writeStringProperty("message", error.message());
        if (error.data() != null) {
            out.writeName("data");
            out.writeTree(error.data());
        }
        out.writeEndObject();
    }

    private static Decoded decode(JsonParser in) {
        Decoded decoded =
                switch (in.nextToken()) {
                    case START_OBJECT -> object(in);
                    case START_ARRAY -> batch(in);
                    case null -> new Decoded.Ignored("empty message");
                    default ->
                            malformed(
                                    null,
                                    ErrorCode.INVALID_REQUEST,
                                    "Invalid Request: a message is a JSON object");
                };
        return in.nextToken() == null ? decoded : notJson();
    }

    private static Decoded batch(JsonParser in) {
        var elements = new ArrayList<Decoded.Single>();
        while (true) {
            switch (in.nextToken()) {
                case START_OBJECT -> elements.add(object(in));
                case END_ARRAY -> {
                    return new Decoded.Batch(elements);
                }
                case START_ARRAY -> {
                    in.skipChildren();
                    elements.add(notAnObject());
                }
                case null -> {
                    return notJson();
                }
                default -> elements.add(notAnObject());
            }
        }
    }

    private static Decoded.Single object(JsonParser in) {
        var envelope = new Envelope();
        while (in.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = in.currentName();
            in.nextToken();
            envelope.read(name, in);
        }
        return envelope.classify();
    }

    private static Decoded.Malformed notAnObject() {
        return malformed(
                null, ErrorCode.INVALID_REQUEST, "Invalid Request: a message is a JSON object");
    }

    private static Decoded.Malformed notJson() {
        return malformed(null, ErrorCode.PARSE_ERROR, "Parse error: not JSON, or a key twice");
    }

    private static Decoded.Malformed tooLarge() {
        return malformed(
                null,
                ErrorCode.PARSE_ERROR,
                "Parse error: nested deeper than %d, a number longer than %d or a string too long"
                        .formatted(MAX_DEPTH, MAX_NUMBER_LENGTH));
    }

    private static Decoded.Malformed malformed(
            @Nullable RequestId id, ErrorCode code, String message) {
        return new Decoded.Malformed(new ErrorResponse(id, code.error(message)), true);
    }

    /** The top-level members of one object while it is read; null where a member is absent. */
    private static final class Envelope {
        private @Nullable JsonNode version;
        private @Nullable JsonNode id;
        private @Nullable JsonNode method;
        private @Nullable JsonNode params;
        private @Nullable JsonNode result;
        private @Nullable JsonNode error;
        private @Nullable Set<String> others;

        void read(String name, JsonParser in) {
            JsonNode value = in.readValueAsTree();
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

        Decoded.Single classify() {
            RequestId readable = RequestId.of(id);
            if (version == null || !version.isString() || !version.stringValue().equals(VERSION)) {
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
                        "Invalid Request: id must be a string or an integer");
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
}
