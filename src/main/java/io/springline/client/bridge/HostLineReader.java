package io.springline.client.bridge;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Splits what a host writes into lines, and never holds more than one of bounded length. */
final class HostLineReader {

    /** A line, or that there was one which is too long. */
    record Line(byte[] content, boolean tooLong) {}

    private final InputStream in;
    private final int maxBytes;
    private final byte[] chunk = new byte[16 * 1024];
    private int at;
    private int end;

    HostLineReader(InputStream in, int maxBytes) {
        this.in = in;
        this.maxBytes = maxBytes;
    }

    /** The next line, or null at the end; what follows the last line end is a line, too. */
    @Nullable Line next() throws IOException {
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
