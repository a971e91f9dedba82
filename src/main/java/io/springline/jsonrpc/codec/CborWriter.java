package io.springline.jsonrpc.codec;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.util.JsonGeneratorDelegate;
import tools.jackson.dataformat.cbor.CBORGenerator;

/**
 * Jackson's CBOR generator, with changes so that decimals, NaN and infinity read back as the same
 * JSON, and base64 and long strings are compact.
 */
final class CborWriter extends JsonGeneratorDelegate {

    /** RFC 8949, 3.4.5.2: a byte string that is base64 text in JSON. */
    static final int TAG_BASE64 = 22;

    /** Shorter base64 strings, in characters, are written as text. */
    private static final int MIN_BASE64 = 64;

    /**
     * Jackson writes longer strings, in characters, in chunks; they are written in one piece here.
     */
    private static final int LONG_STRING = 256;

    private final CBORGenerator out;
    private final boolean byteStrings;
    private boolean mayBeBase64;

    CborWriter(CBORGenerator out, boolean byteStrings) {
        super(out);
        this.out = out;
        this.byteStrings = byteStrings;
    }

    @Override
    public JsonGenerator writeName(String name) {
        mayBeBase64 = byteStrings && (name.equals("data") || name.equals("blob"));
        out.writeName(name);
        return this;
    }

    @Override
    public JsonGenerator writeStartObject(Object value, int size) {
        mayBeBase64 = false;
        out.writeStartObject(value, size);
        return this;
    }

    @Override
    public JsonGenerator writeStartArray(Object value, int size) {
        mayBeBase64 = false;
        out.writeStartArray(value, size);
        return this;
    }

    @Override
    public JsonGenerator writeString(String text) {
        if (mayBeBase64 && text.length() >= MIN_BASE64 && writeBase64(text)) {
            return this;
        }
        if (text.length() < LONG_STRING) {
            out.writeString(text);
        } else {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            out.writeUTF8String(utf8, 0, utf8.length);
        }
        return this;
    }

    /**
     * Writes the text as a byte string. Returns false, with nothing written, if that would not read
     * back as the same text.
     */
    private boolean writeBase64(String text) {
        if (text.length() % 4 != 0) {
            return false;
        }
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            return false;
        }
        // Reject base64 whose unused last bits are not 0, since decoding would drop them.
        int last = bytes.length - (bytes.length - 1) % 3 - 1;
        byte[] end = Arrays.copyOfRange(bytes, last, bytes.length);
        if (!text.endsWith(Base64.getEncoder().encodeToString(end))) {
            return false;
        }
        out.writeTag(TAG_BASE64);
        out.writeBinary(bytes);
        return true;
    }

    /** Writes a double if it has exactly these digits, else a decimal fraction. */
    @Override
    public JsonGenerator writeNumber(BigDecimal number) {
        double nearest = number.doubleValue();
        if (Double.isFinite(nearest) && BigDecimal.valueOf(nearest).equals(number)) {
            out.writeNumber(nearest);
        } else {
            out.writeNumber(number);
        }
        return this;
    }

    /** Writes the digits that the float has in JSON. */
    @Override
    public JsonGenerator writeNumber(float number) {
        return writeNumber(Double.parseDouble(Float.toString(number)));
    }

    /** Writes NaN and infinity as strings, as in JSON. */
    @Override
    public JsonGenerator writeNumber(double number) {
        if (Double.isFinite(number)) {
            out.writeNumber(number);
        } else {
            out.writeString(Double.toString(number));
        }
        return this;
    }
}
