package io.springline.jsonrpc.codec;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.util.JsonParserDelegate;

/**
 * A parser that reads large ASCII texts without escapes, such as base64, directly from the message.
 * Jackson collects the characters of a text, two bytes each, and then copies them twice: a text of
 * 10 MB took 40 MB more.
 */
final class LargeTextParser extends JsonParserDelegate {

    /** Shorter texts, in bytes, are left to Jackson. */
    private static final int LARGE = 64 * 1024;

    private final byte[] message;
    private final int start;
    private final int maxLength;

    private LargeTextParser(JsonParser parser, byte[] message, int start, int maxLength) {
        super(parser);
        this.message = message;
        this.start = start;
        this.maxLength = maxLength;
    }

    /**
     * Returns a parser of the message from {@code start} on, which may be the given one.
     *
     * @param parser of the same bytes
     */
    static JsonParser of(JsonParser parser, byte[] message, int start) {
        return message.length - start < LARGE
                ? parser
                : new LargeTextParser(
                        parser,
                        message,
                        start,
                        parser.streamReadConstraints().getMaxStringLength());
    }

    @Override
    public String getString() {
        String text = delegate.currentToken() == JsonToken.VALUE_STRING ? largeText() : null;
        return text == null ? delegate.getString() : text;
    }

    /**
     * Returns the text at the current token, which Jackson skips then; null if Jackson must read
     * it.
     */
    private @Nullable String largeText() {
        int from = start + (int) delegate.currentTokenLocation().getByteOffset() + 1;
        int end = from;
        while (end < message.length && message[end] != '"') {
            if (message[end] < ' ' || message[end] == '\\') {
                return null;
            }
            end++;
        }
        int length = end - from;
        return length < LARGE || length > maxLength || end == message.length
                ? null
                : new String(message, from, length, StandardCharsets.ISO_8859_1);
    }
}
