package io.springline.jsonrpc.codec;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads one CBOR data item (RFC 8949) into the JSON tree that it corresponds to. Rejects items that
 * have no JSON equivalent. Memory and time are bounded as for JSON of the same size.
 *
 * <p>Jackson's CBOR parser is not used: as of 3.1.7 it reads large positive bignums as negative,
 * takes quadratic time for many tags before a value, allows references that multiply strings, and
 * accepts integers as keys and invalid UTF-8.
 */
final class CborReader {

    /** Thrown if the message is not CBOR, or has no JSON equivalent. */
    static final class NotReadableException extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final String what;

        private NotReadableException(String what) {
            super(what, null, false, false);
            this.what = what;
        }

        /** Returns the reason, which may be sent to the peer. */
        String what() {
            return what;
        }
    }

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private static final int BYTES = 2;
    private static final int TEXT = 3;
    private static final int INDEFINITE = 31;
    private static final int BREAK = 0xFF;

    private static final int TAG_BIG = 2;
    private static final int TAG_NEGATIVE_BIG = 3;
    private static final int TAG_DECIMAL = 4;
    private static final int TAG_SELF_DESCRIBED = 55799;

    private final byte[] in;
    private final ByteBuffer numbers;
    private final int maxStringLength;
    private int at;
    private int tokens;

    private CborReader(byte[] in, int maxStringLength) {
        this.in = in;
        this.numbers = ByteBuffer.wrap(in);
        this.maxStringLength = maxStringLength;
    }

    /**
     * @param maxStringLength in characters
     * @throws NotReadableException if the bytes are not exactly one acceptable item
     */
    static JsonNode read(byte[] bytes, int maxStringLength) {
        var reader = new CborReader(bytes, maxStringLength);
        JsonNode item = reader.message();
        if (reader.at < bytes.length) {
            throw refused("not CBOR: more than one item");
        }
        return item;
    }

    private static NotReadableException refused(String what) {
        return new NotReadableException(what);
    }

    private JsonNode message() {
        int head = next();
        boolean isMarked = head == 0xD9 && in.length > 2 && shortAt(1) == TAG_SELF_DESCRIBED;
        if (isMarked) {
            at += 2;
            head = next();
        }
        return item(head, 0);
    }

    private int shortAt(int index) {
        return numbers.getShort(index) & 0xFFFF;
    }

    private JsonNode item(int head, int depth) {
        token();
        int info = head & 31;
        return switch (head >>> 5) {
            case 0 -> unsigned(argument(info));
            case 1 -> negative(argument(info));
            case BYTES -> base64(bytes(info));
            case TEXT -> NODES.stringNode(text(info, maxStringLength));
            case 4 -> array(info, deeper(depth));
            case 5 -> object(info, deeper(depth));
            case 6 -> tagged(argument(info));
            default -> simple(info);
        };
    }

    private void token() {
        if (++tokens > JsonRpcCodec.MAX_TOKENS) {
            throw refused("more than %d values".formatted(JsonRpcCodec.MAX_TOKENS));
        }
    }

    private static int deeper(int depth) {
        if (depth == JsonRpcCodec.MAX_DEPTH) {
            throw refused("nested deeper than %d".formatted(JsonRpcCodec.MAX_DEPTH));
        }
        return depth + 1;
    }

    private int next() {
        require(1);
        return in[at++] & 0xFF;
    }

    private void require(int bytes) {
        if (bytes > in.length - at) {
            throw refused("not CBOR: it ends too early");
        }
    }

    /** Returns the argument of an item head (RFC 8949, 3), as an unsigned number. */
    private long argument(int info) {
        if (info < 24) {
            return info;
        }
        if (info > 27) {
            throw refused("not CBOR: a reserved or missing length");
        }
        int size = 1 << info - 24;
        require(size);
        int from = at;
        at += size;
        return switch (info) {
            case 24 -> in[from] & 0xFF;
            case 25 -> shortAt(from);
            case 26 -> numbers.getInt(from) & 0xFFFFFFFFL;
            default -> numbers.getLong(from);
        };
    }

    /**
     * Returns the number of items or bytes that follow. Rejects a number that the remaining input
     * cannot hold, at {@code size} bytes each.
     */
    private int length(int info, int size) {
        long length = argument(info);
        if (length < 0 || length > (in.length - at) / size) {
            throw refused("not CBOR: it ends too early");
        }
        return (int) length;
    }

    private static JsonNode unsigned(long value) {
        return value < 0 ? integer(big(value)) : integer(value);
    }

    private static JsonNode negative(long value) {
        return value < 0 ? integer(big(value).not()) : integer(~value);
    }

    private static BigInteger big(long unsigned) {
        return new BigInteger(Long.toUnsignedString(unsigned));
    }

    private static JsonNode integer(long value) {
        return value == (int) value ? NODES.numberNode((int) value) : NODES.numberNode(value);
    }

    private static JsonNode integer(BigInteger value) {
        return value.bitLength() < Long.SIZE ? integer(value.longValue()) : NODES.numberNode(value);
    }

    private JsonNode base64(byte[] bytes) {
        if ((bytes.length + 2L) / 3 * 4 > maxStringLength) {
            throw tooLong();
        }
        return NODES.stringNode(Base64.getEncoder().encodeToString(bytes));
    }

    private NotReadableException tooLong() {
        return refused("a string of more than %d characters".formatted(maxStringLength));
    }

    private byte[] bytes(int info) {
        if (info != INDEFINITE) {
            return chunk(info);
        }
        var whole = new ByteArrayOutputStream();
        while (isChunk(BYTES)) {
            whole.writeBytes(chunk(in[at - 1] & 31));
        }
        return whole.toByteArray();
    }

    private byte[] chunk(int info) {
        int length = length(info, 1);
        at += length;
        return Arrays.copyOfRange(in, at - length, at);
    }

    /**
     * Reads the head of the next chunk of an indefinite-length string. Returns false at the end of
     * the string.
     */
    private boolean isChunk(int kind) {
        int head = next();
        if (head == BREAK) {
            return false;
        }
        token();
        if (head >>> 5 != kind) {
            throw refused("not CBOR: a chunk of a string has another type");
        }
        return true;
    }

    private String text(int info, int maxLength) {
        String text;
        if (info == INDEFINITE) {
            var whole = new StringBuilder();
            while (isChunk(TEXT)) {
                whole.append(piece(in[at - 1] & 31));
            }
            text = whole.toString();
        } else {
            text = piece(info);
        }
        if (text.length() > maxLength) {
            throw refused("a string of more than %d characters".formatted(maxLength));
        }
        return text;
    }

    private String piece(int info) {
        int length = length(info, 1);
        int from = at;
        at += length;
        String text = new String(in, from, length, StandardCharsets.UTF_8);
        // U+FFFD replaces invalid bytes, but may also be in the text itself.
        if (text.indexOf('\uFFFD') >= 0) {
            requireUtf8(ByteBuffer.wrap(in, from, length));
        }
        return text;
    }

    private static void requireUtf8(ByteBuffer bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(bytes);
        } catch (CharacterCodingException e) {
            throw refused("not CBOR: text that is not UTF-8");
        }
    }

    private ArrayNode array(int info, int depth) {
        token();
        ArrayNode array = NODES.arrayNode();
        if (info == INDEFINITE) {
            for (int head; (head = next()) != BREAK; ) {
                array.add(item(head, depth));
            }
        } else {
            for (int left = length(info, 1); left > 0; left--) {
                array.add(item(next(), depth));
            }
        }
        return array;
    }

    private ObjectNode object(int info, int depth) {
        token();
        ObjectNode object = NODES.objectNode();
        if (info == INDEFINITE) {
            for (int head; (head = next()) != BREAK; ) {
                member(object, head, depth);
            }
        } else {
            for (int left = length(info, 2); left > 0; left--) {
                member(object, next(), depth);
            }
        }
        return object;
    }

    private void member(ObjectNode object, int head, int depth) {
        token();
        if (head >>> 5 != TEXT) {
            throw refused("a key that is not a text string");
        }
        String name = text(head & 31, JsonRpcCodec.MAX_KEY_LENGTH);
        if (object.replace(name, item(next(), depth)) != null) {
            throw refused("a duplicate key");
        }
    }

    private JsonNode tagged(long tag) {
        int head = next();
        if (tag == CborWriter.TAG_BASE64 && head >>> 5 == BYTES) {
            return base64(bytes(head & 31));
        }
        return tag == TAG_DECIMAL && head == 0x82 ? decimal() : bignum(tag, head);
    }

    private JsonNode bignum(long tag, int head) {
        if (tag != TAG_BIG && tag != TAG_NEGATIVE_BIG || head >>> 5 != BYTES) {
            throw refused(
                    "an unsupported tag: only %d to %d (numbers) and %d (base64) are allowed, on values of the right type"
                            .formatted(TAG_BIG, TAG_DECIMAL, CborWriter.TAG_BASE64));
        }
        BigInteger value = new BigInteger(1, bytes(head & 31));
        return integer(bounded(tag == TAG_BIG ? value : value.not()));
    }

    private static BigInteger bounded(BigInteger value) {
        if (Trees.isTooBig(value)) {
            throw refused(
                    "a number of more than %d digits".formatted(JsonRpcCodec.MAX_NUMBER_LENGTH));
        }
        return value;
    }

    private JsonNode decimal() {
        JsonNode exponent = fractionPart();
        JsonNode digits = fractionPart();
        if (!exponent.isInt() || Math.abs((long) exponent.intValue()) > JsonRpcCodec.MAX_EXPONENT) {
            throw refused("a number beyond 1e%d".formatted(JsonRpcCodec.MAX_EXPONENT));
        }
        return NODES.numberNode(new BigDecimal(digits.bigIntegerValue(), -exponent.intValue()));
    }

    /** Reads an integer. Anything else is refused before it is read, since fractions could nest. */
    private JsonNode fractionPart() {
        token();
        int head = next();
        int info = head & 31;
        return switch (head >>> 5) {
            case 0 -> unsigned(argument(info));
            case 1 -> negative(argument(info));
            case 6 -> bignum(argument(info), next());
            default -> throw refused("a decimal fraction that does not consist of two integers");
        };
    }

    private JsonNode simple(int info) {
        return switch (info) {
            case 20 -> NODES.booleanNode(false);
            case 21 -> NODES.booleanNode(true);
            // 23: undefined, as in a JavaScript array
            case 22, 23 -> NODES.nullNode();
            case 25 -> number(Float.float16ToFloat((short) argument(info)));
            case 26 -> number(Float.intBitsToFloat((int) argument(info)));
            case 27 -> number(Double.longBitsToDouble(argument(info)));
            default -> throw refused("a simple value that JSON does not have");
        };
    }

    private static JsonNode number(double value) {
        if (!Double.isFinite(value)) {
            throw refused("a number that is infinite or NaN");
        }
        return NODES.numberNode(BigDecimal.valueOf(value));
    }
}
