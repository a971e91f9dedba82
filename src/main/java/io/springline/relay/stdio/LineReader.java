package io.springline.relay.stdio;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A reader that splits a stream into lines of bounded length, one in memory at a time. Not
 * thread-safe.
 */
final class LineReader {

    private static final int CHUNK = 64 * 1024;

    /** Thrown if a line exceeds the limit; the stream cannot be read further. */
    static final class LineTooLongException extends IOException {
        private static final long serialVersionUID = 1L;

        LineTooLongException(int maxBytes) {
            super("a line longer than %d bytes".formatted(maxBytes));
        }
    }

    private final InputStream in;
    private final int maxBytes;
    private final byte[] chunk = new byte[CHUNK];
    private int at;
    private int end;

    LineReader(InputStream in, int maxBytes) {
        this.in = in;
        this.maxBytes = maxBytes;
    }

    /**
     * Returns the next line without its line end, or null at the end of the stream. An incomplete
     * last line is dropped.
     */
    byte @Nullable [] next() throws IOException {
        var line = new byte[512];
        int length = 0;
        while (true) {
            if (at == end) {
                at = 0;
                end = Math.max(0, in.read(chunk));
                if (end == 0) {
                    return null;
                }
            }
            int stop = lineEnd();
            int more = stop - at;
            if (more > maxBytes - length) {
                throw new LineTooLongException(maxBytes);
            }
            if (length + more > line.length) {
                line =
                        Arrays.copyOf(
                                line,
                                Math.max(
                                        length + more, (int) Math.min(maxBytes, 2L * line.length)));
            }
            System.arraycopy(chunk, at, line, length, more);
            length += more;
            at = stop;
            if (stop < end) {
                at++;
                return Arrays.copyOf(line, length);
            }
        }
    }

    /** Returns the complete lines that were read together with the last one, and skips them. */
    List<byte[]> buffered() {
        int stop = lineEnd();
        if (stop == end) {
            return List.of();
        }
        var lines = new ArrayList<byte[]>();
        while (stop < end && stop - at <= maxBytes) {
            lines.add(Arrays.copyOfRange(chunk, at, stop));
            at = stop + 1;
            stop = lineEnd();
        }
        return lines;
    }

    private int lineEnd() {
        int stop = at;
        while (stop < end && chunk[stop] != '\n') {
            stop++;
        }
        return stop;
    }
}
