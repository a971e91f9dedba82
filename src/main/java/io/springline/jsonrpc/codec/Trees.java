package io.springline.jsonrpc.codec;

import io.springline.jsonrpc.SharedObject;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * Reads and writes the JSON trees inside messages, directly from and to the stream. Jackson's
 * databind looks up a context and a serializer per tree and takes half as much time again.
 */
final class Trees {

    /** The smallest integer with more digits than allowed. */
    private static final BigInteger TOO_BIG = BigInteger.TEN.pow(JsonRpcCodec.MAX_NUMBER_LENGTH);

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final JsonFactory JSON = new JsonFactory();

    private Trees() {}

    /**
     * Returns the value at the current token. Decimals keep their digits.
     *
     * @throws StreamReadException also for a duplicate key
     */
    static JsonNode read(JsonParser in) {
        return switch (in.currentToken()) {
            case START_OBJECT -> object(in);
            case START_ARRAY -> array(in);
            case VALUE_STRING -> NODES.stringNode(in.getString());
            case VALUE_TRUE -> NODES.booleanNode(true);
            case VALUE_FALSE -> NODES.booleanNode(false);
            case VALUE_NULL -> NODES.nullNode();
            case VALUE_NUMBER_INT -> integer(in);
            case VALUE_NUMBER_FLOAT -> decimal(in);
            default -> throw new StreamReadException(in, "a value was expected");
        };
    }

    private static ObjectNode object(JsonParser in) {
        ObjectNode object = NODES.objectNode();
        for (String name; (name = in.nextName()) != null; ) {
            in.nextToken();
            if (object.replace(name, read(in)) != null) {
                throw new StreamReadException(in, Envelope.DUPLICATE_KEY);
            }
        }
        return object;
    }

    private static ArrayNode array(JsonParser in) {
        ArrayNode array = NODES.arrayNode();
        while (in.nextToken() != JsonToken.END_ARRAY) {
            array.add(read(in));
        }
        return array;
    }

    private static JsonNode decimal(JsonParser in) {
        BigDecimal number = in.getDecimalValue();
        if (Math.abs((long) number.scale()) > JsonRpcCodec.MAX_EXPONENT
                || number.precision() > JsonRpcCodec.MAX_NUMBER_LENGTH) {
            throw new StreamConstraintsException("too many digits, or too large an exponent");
        }
        return NODES.numberNode(number);
    }

    private static JsonNode integer(JsonParser in) {
        return switch (in.getNumberType()) {
            case INT -> NODES.numberNode(in.getIntValue());
            case LONG -> NODES.numberNode(in.getLongValue());
            default -> NODES.numberNode(bounded(in.getBigIntegerValue()));
        };
    }

    private static BigInteger bounded(BigInteger value) {
        if (isTooBig(value)) {
            throw new StreamConstraintsException("too many digits");
        }
        return value;
    }

    /** Returns true if an integer has more digits than allowed. */
    static boolean isTooBig(BigInteger value) {
        return value.abs().compareTo(TOO_BIG) >= 0;
    }

    static void write(JsonNode node, JsonGenerator out) {
        switch (node) {
            case SharedObject shared when !(out instanceof CborWriter) ->
                    out.writeRawValue(shared.json(Trees::json));
            case ObjectNode object -> members(object, out);
            case ArrayNode array -> {
                out.writeStartArray(array, array.size());
                for (JsonNode element : array) {
                    write(element, out);
                }
                out.writeEndArray();
            }
            case StringNode string -> out.writeString(string.stringValue());
            case BooleanNode bool -> out.writeBoolean(bool.booleanValue());
            default -> writeOther(node, out);
        }
    }

    private static String json(ObjectNode object) {
        var bytes = new ByteArrayOutputStream();
        try (JsonGenerator out = JSON.createGenerator(ObjectWriteContext.empty(), bytes)) {
            members(object, out);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static void members(ObjectNode object, JsonGenerator out) {
        out.writeStartObject(object, object.size());
        for (Map.Entry<String, JsonNode> member : object.properties()) {
            out.writeName(member.getKey());
            write(member.getValue(), out);
        }
        out.writeEndObject();
    }

    private static void writeOther(JsonNode node, JsonGenerator out) {
        switch (node.getNodeType()) {
            case NUMBER -> number(node, out);
            case NULL, MISSING -> out.writeNull();
            case BINARY -> out.writeBinary(node.binaryValue());
            default ->
                    throw new IllegalArgumentException(
                            "a %s is not JSON".formatted(node.getClass().getSimpleName()));
        }
    }

    private static void number(JsonNode node, JsonGenerator out) {
        switch (node.numberType()) {
            case INT -> out.writeNumber(node.intValue());
            case LONG -> out.writeNumber(node.longValue());
            case BIG_INTEGER -> out.writeNumber(node.bigIntegerValue());
            case FLOAT -> out.writeNumber(node.floatValue());
            case DOUBLE -> out.writeNumber(node.doubleValue());
            case BIG_DECIMAL -> out.writeNumber(node.decimalValue());
        }
    }
}
