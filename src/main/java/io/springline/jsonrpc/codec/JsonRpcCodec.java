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
 * Reads and writes messages strictly and without loss: duplicate keys, too deep nesting and
 * over-long numbers are refused, decimals keep their digits. Safe for use by many threads.
 *
 * <p>What it answers to broken input is fixed by a table, first match wins: not JSON, or not CBOR;
 * scalar; {@code jsonrpc} not "2.0"; a method beside a result; a method that is no string; an id
 * that is neither string nor integer; params that are no object; no method, result or error.
 *
 * <p>A null member of a message is an absent one, and so is a null member of what MCP defines in
 * params and results; see {@link NullMembers}.
 */
public abstract sealed class JsonRpcCodec permits JsonCodec, LenientJsonCodec, CborCodec {

    /** Deepest nesting of arrays and objects; a deeper message is a parse error. */
    public static final int MAX_DEPTH = 200;

    /** Most digits of one number; a longer one is a parse error. */
    public static final int MAX_NUMBER_LENGTH = 100;

    /**
     * Largest exponent of ten of a decimal, either way; one beyond is a parse error. Some
     * arithmetic on {@code 1e999999999}, a comparison with an integer say, takes minutes and
     * gigabytes.
     */
    public static final int MAX_EXPONENT = 1000;

    /**
     * Most tokens of one message: braces, brackets, keys and values; one with more is a parse
     * error. Bounds what a message takes in memory, where {@code [],} is thirty times its size.
     */
    public static final int MAX_TOKENS = 1_000_000;

    /** Most characters of a key; a longer one is a parse error. */
    public static final int MAX_KEY_LENGTH = 50_000;

    /** Most elements of a batch; a larger one is refused as a whole. */
    public static final int MAX_BATCH = 1000;

    static final String VERSION = "2.0";

    JsonRpcCodec() {}

    /**
     * A codec for JSON text.
     *
     * @param maxStringLength in characters, at least 1; the size limit of a message is a good value
     */
    public static JsonRpcCodec json(int maxStringLength) {
        return new JsonCodec(maxStringLength);
    }

    /**
     * A codec for JSON text of peers that are served even if they break the rules. It writes as
     * strictly as {@link #json} and reads more:
     *
     * <ul>
     *   <li>{@code jsonrpc} may be missing from an answer, and from a call with a method of MCP
     *   <li>an error without an id is delivered without one
     *   <li>a byte order mark is skipped, and several messages may follow each other
     *   <li>an answer that breaks JSON or has no outcome is {@link Decoded.UnusableAnswer} if its
     *       id can be read, in one more pass over the text that builds nothing
     * </ul>
     *
     * @param maxStringLength as {@link #json}
     */
    public static JsonRpcCodec lenientJson(int maxStringLength) {
        return new LenientJsonCodec(maxStringLength);
    }

    /**
     * A codec for CBOR: the same messages, and nothing that JSON could not say.
     *
     * @param maxStringLength as {@link #json}; of a byte string the base64 counts
     * @param byteStrings whether base64 in members {@code data} and {@code blob} is written as byte
     *     strings; they are always read
     */
    public static JsonRpcCodec cbor(int maxStringLength, boolean byteStrings) {
        return new CborCodec(maxStringLength, byteStrings);
    }

    /** Whether its messages are binary WebSocket messages; else they are text. */
    public abstract boolean isBinary();

    /** Reads one message; never throws. JSON is in UTF-8. */
    public abstract Decoded decode(byte[] bytes);

    /** As {@link #decode(byte[])}, for JSON at hand as a string. */
    public Decoded decode(String json) {
        return decode(json.getBytes(StandardCharsets.UTF_8));
    }

    /** The bytes of one message, to be sent as one WebSocket message. */
    public byte[] encode(JsonRpcMessage message) {
        return written(out -> write(message, out));
    }

    /** The bytes of the array that answers a 2025-03-26 batch. */
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

    /** How many members the message has: CBOR says so first. */
    private static int members(JsonRpcMessage message) {
        return switch (message) {
            case Request(_, _, var params) -> params == null ? 3 : 4;
            case Notification(_, var params) -> params == null ? 2 : 3;
            case ResultResponse _ -> 3;
            case ErrorResponse(var id, _) -> id == null ? 2 : 3;
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
