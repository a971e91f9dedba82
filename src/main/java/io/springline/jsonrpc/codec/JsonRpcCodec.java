package io.springline.jsonrpc.codec;

import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.util.ByteArrayBuilder;
import tools.jackson.databind.node.ObjectNode;

/**
 * Decodes and encodes JSON-RPC messages, strictly and without loss: duplicate keys, and messages
 * that exceed a limit, are rejected; decimals keep their digits. Thread-safe.
 *
 * <p>Invalid input gets the error of the first check that fails: JSON or CBOR syntax; the message
 * is an object; {@code jsonrpc} is "2.0"; not both a method and a result; the method is a string;
 * the id is a string or an integer; params are an object; there is a method, a result or an error.
 *
 * <p>A null member of a message counts as absent, and so does a null member that MCP defines in
 * params and results: see {@link NullMembers}.
 */
public abstract sealed class JsonRpcCodec permits JsonCodec, LenientJsonCodec, CborCodec {

    /** Deepest nesting of arrays and objects. A deeper message is a parse error. */
    public static final int MAX_DEPTH = 200;

    /** Most digits of a number. A longer one is a parse error. */
    public static final int MAX_NUMBER_LENGTH = 100;

    /**
     * Largest absolute exponent of ten in a decimal. A larger one is a parse error: some arithmetic
     * on {@code 1e999999999}, such as a comparison with an integer, takes minutes and gigabytes.
     */
    public static final int MAX_EXPONENT = 1000;

    /**
     * Most tokens in a message: braces, brackets, keys and values. A message with more is a parse
     * error. This limits its memory: the tree of {@code [],} takes thirty times the size of its
     * text.
     */
    public static final int MAX_TOKENS = 1_000_000;

    /** Longest key in characters. A longer one is a parse error. */
    public static final int MAX_KEY_LENGTH = 50_000;

    /** Most elements of a batch. A larger batch is rejected as a whole. */
    public static final int MAX_BATCH = 1000;

    static final String VERSION = "2.0";

    JsonRpcCodec() {}

    /**
     * Returns a codec for JSON text.
     *
     * @param maxStringLength in characters, at least 1; usually the size limit of a message
     */
    public static JsonRpcCodec json(int maxStringLength) {
        return new JsonCodec(maxStringLength);
    }

    /**
     * Returns a codec for JSON text of peers that break the rules. It encodes as strictly as {@link
     * #json} and accepts more:
     *
     * <ul>
     *   <li>{@code jsonrpc} may be missing in an answer, and in a call of an MCP method
     *   <li>an error without an id is delivered without one
     *   <li>a byte order mark is skipped, and several messages may follow each other
     *   <li>an answer that is invalid JSON, or has neither result nor error, is an {@link
     *       Decoded.UnusableAnswer} if its id can be found in a second pass over the text
     * </ul>
     *
     * @param maxStringLength see {@link #json}
     */
    public static JsonRpcCodec lenientJson(int maxStringLength) {
        return new LenientJsonCodec(maxStringLength);
    }

    /**
     * Returns a codec for CBOR messages. They carry the same messages as JSON, and nothing else.
     * Base64 in members {@code data} and {@code blob} is written as byte strings.
     *
     * @param maxStringLength see {@link #json}; for a byte string, the length of its base64 counts
     */
    public static JsonRpcCodec cbor(int maxStringLength) {
        return new CborCodec(maxStringLength, true);
    }

    /** Returns a codec as {@link #cbor} that reads byte strings, but writes base64 as text. */
    public static JsonRpcCodec cborWithoutByteStrings(int maxStringLength) {
        return new CborCodec(maxStringLength, false);
    }

    /**
     * Returns a CBOR message as JSON text in UTF-8, for people who read it. If it is not readable,
     * returns the reason as a JSON string.
     */
    public static byte[] cborAsJson(byte[] message) {
        return CborCodec.asJson(message);
    }

    /** Returns true if messages are binary WebSocket messages, false for text messages. */
    public abstract boolean isBinary();

    /** Decodes one message. Never throws. JSON must be in UTF-8. */
    public abstract Decoded decode(byte[] bytes);

    /** Decodes one JSON message. */
    public Decoded decode(String json) {
        return decode(json.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the bytes of one message, to be sent as one WebSocket message. */
    public byte[] encode(JsonRpcMessage message) {
        return written(out -> write(message, out));
    }

    /** Returns the bytes of the array that answers a 2025-03-26 batch. */
    public byte[] encode(List<? extends JsonRpcMessage> batch) {
        return written(out -> {
            out.writeStartArray(batch, batch.size());
            batch.forEach(message -> write(message, out));
            out.writeEndArray();
        });
    }

    private byte[] written(Consumer<JsonGenerator> content) {
        var bytes = new ByteArrayBuilder(512);
        try (JsonGenerator out = generator(bytes)) {
            content.accept(out);
        }
        return bytes.toByteArray();
    }

    abstract JsonGenerator generator(OutputStream bytes);

    private static void write(JsonRpcMessage message, JsonGenerator out) {
        out.writeStartObject(message, members(message));
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
                Trees.write(result, out);
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

    /** Returns the number of members, which CBOR writes first. */
    private static int members(JsonRpcMessage message) {
        return switch (message) {
            case Request(var ignored, var unused, var params) -> params == null ? 3 : 4;
            case Notification(var ignored, var params) -> params == null ? 2 : 3;
            case ResultResponse ignored -> 3;
            case ErrorResponse(var id, var ignored) -> id == null ? 2 : 3;
        };
    }

    private static void writeCall(String method, @Nullable ObjectNode params, JsonGenerator out) {
        out.writeStringProperty("method", method);
        if (params != null) {
            out.writeName("params");
            Trees.write(params, out);
        }
    }

    private static void writeError(JsonRpcError error, JsonGenerator out) {
        out.writeName("error");
        out.writeStartObject(error, error.data() == null ? 2 : 3);
        out.writeNumberProperty("code", error.code());
        out.writeStringProperty("message", error.message());
        if (error.data() != null) {
            out.writeName("data");
            Trees.write(error.data(), out);
        }
        out.writeEndObject();
    }
}
