package io.springline.relay.stdio;

import java.io.ByteArrayOutputStream;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Joins the lines of a JSON object whose outer braces stand on lines of their own, as JSON printers
 * indent it. The protocol wants each message on one line, and some servers print several. Used by
 * one thread.
 */
final class PrettyPrintedObject {

    private final int maxBytes;
    private final Consumer<byte[]> abandoned;
    private @Nullable ByteArrayOutputStream joined;

    /**
     * @param maxBytes of one object
     * @param abandoned gets the beginning of an object that is too large, or not followed by its
     *     end before another message begins
     */
    PrettyPrintedObject(int maxBytes, Consumer<byte[]> abandoned) {
        this.maxBytes = maxBytes;
        this.abandoned = abandoned;
    }

    /**
     * Returns what the line completes: the object that it is the end of, or the line itself if it
     * belongs to none. Returns null if more lines are needed.
     */
    byte @Nullable [] add(byte[] line) {
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

    /** Returns true for this character in the first column, and white space behind it. */
    private static boolean isOnly(char brace, byte[] line) {
        for (int i = 1; i < line.length; i++) {
            if (line[i] > ' ' || line[i] < 0) {
                return false;
            }
        }
        return line[0] == brace;
    }
}
