package io.springline.client.local;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads lines of limited length from a stream. Keeps at most one line in memory. For one thread.
 */
public final class BoundedLineReader {

    /** A line. If it is too long, its content is dropped. */
    public record Line(byte[] content, boolean tooLong) {}

    private final InputStream in;
    private final int maxBytes;
    private final byte[] chunk = new byte[16 * 1024];
    private int at;
    private int end;

    /**
     * @param maxBytes the maximum length of a line, without its line feed
     */
    public BoundedLineReader(InputStream in, int maxBytes) {
        this.in = in;
        this.maxBytes = maxBytes;
    }

    /** Returns the next line, or null at the end. The last line needs no line feed. */
    public @Nullable Line next() throws IOException {
        var line = new ByteArrayOutputStream();
        boolean begun = false;
        boolean tooLong = false;
        while (true) {
            if (at == end) {
                at = 0;
                end = Math.max(0, in.read(chunk));
                if (end == 0) {
                    return begun ? new Line(line.toByteArray(), tooLong) : null;
                }
            }
            begun = true;
            int stop = at;
            while (stop < end && chunk[stop] != '\n') {
                stop++;
            }
            if (stop - at > maxBytes - line.size()) {
                tooLong = true;
                line.reset();
            }
            if (!tooLong) {
                line.write(chunk, at, stop - at);
            }
            at = stop;
            if (stop < end) {
                at++;
                return new Line(line.toByteArray(), tooLong);
            }
        }
    }
}
