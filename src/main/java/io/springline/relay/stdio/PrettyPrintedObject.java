package io.springline.relay.stdio;

import java.io.ByteArrayOutputStream;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Joins the lines of a pretty-printed JSON object whose outer braces are on lines of their own.
 *
 * <p>The protocol requires one message per line; some servers print several. Not thread-safe.
 */
final class PrettyPrintedObject {

    private final int maxBytes;
    private final Consumer<byte[]> abandoned;
    private @Nullable ByteArrayOutputStream joined;

    /**
     * Creates an empty joiner.
     *
     * @param maxBytes maximum size of one object
     * @param abandoned receives the beginning of an object that is too large, or has no end before
     *     the next message
     */
    PrettyPrintedObject(int maxBytes, Consumer<byte[]> abandoned) {
        this.maxBytes = maxBytes;
        this.abandoned = abandoned;
    }

    /**
     * Returns the object that the line completes, or the line itself if it belongs to no object.
     * Returns null if more lines are needed, and for a blank line, which is ignored.
     */
    byte @Nullable [] add(byte[] line) {
        if (isBlank(line)) {
            return null;
        }
        ByteArrayOutputStream open = joined;
        if (open != null && (line[0] == '{' || open.size() + line.length >= maxBytes)) {
            joined = null;
            abandoned.accept(open.toByteArray());
            open = null;
        }
        if (open == null) {
            if (!isOnly('{', line)) {
                return line;
            }
            open = new ByteArrayOutputStream();
            joined = open;
        }
        open.writeBytes(line);
        open.write('\n');
        if (!isOnly('}', line)) {
            return null;
        }
        joined = null;
        return open.toByteArray();
    }

    private static boolean isBlank(byte[] line) {
        for (byte b : line) {
            if (b != ' ' && b != '\t' && b != '\r') {
                return false;
            }
        }
        return true;
    }

    /** Returns true if the line is this character, with only white space after it. */
    private static boolean isOnly(char brace, byte[] line) {
        for (int i = 1; i < line.length; i++) {
            if (line[i] > ' ' || line[i] < 0) {
                return false;
            }
        }
        return line[0] == brace;
    }
}
