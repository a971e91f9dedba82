package io.springline.mcp;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP headers that repeat parts of a 2026-07-28 message, and the form of their values: text
 * that a header does not preserve is Base64 between two marks.
 *
 * @see <a href="https://modelcontextprotocol.io/seps/2243-http-standardization">SEP-2243</a>
 */
public final class RequestHeaders {

    public static final String VERSION = "MCP-Protocol-Version";
    public static final String METHOD = "Mcp-Method";
    public static final String NAME = "Mcp-Name";

    /** The start of the name of a header that repeats an argument. */
    public static final String PARAMETER = "Mcp-Param-";

    private static final String PREFIX = "=?base64?";
    private static final String SUFFIX = "?=";

    private RequestHeaders() {}

    /** Returns the value in the form for a header. */
    public static String encode(String value) {
        boolean plain = value.chars().allMatch(c -> c >= ' ' && c <= '~' || c == '\t');
        boolean padded = !value.equals(value.strip());
        boolean marked = value.startsWith(PREFIX) && value.endsWith(SUFFIX);
        if (plain && !padded && !marked) {
            return value;
        }
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        return PREFIX + Base64.getEncoder().encodeToString(bytes) + SUFFIX;
    }

    /** Returns the value that a header stands for, or null for malformed Base64. */
    public static @Nullable String decode(String header) {
        String value = header.strip();
        if (!value.startsWith(PREFIX)
                || !value.endsWith(SUFFIX)
                || value.length() < PREFIX.length() + SUFFIX.length()) {
            return value;
        }
        String encoded = value.substring(PREFIX.length(), value.length() - SUFFIX.length());
        if (encoded.length() % 4 != 0) {
            return null; // Java's decoder accepts missing padding
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(Base64.getDecoder().decode(encoded)))
                    .toString();
        } catch (IllegalArgumentException | CharacterCodingException e) {
            return null;
        }
    }
}
