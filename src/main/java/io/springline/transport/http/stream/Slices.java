package io.springline.transport.http.stream;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Writes in slices, which makes visible that a client reads slowly but steadily. Each call of the
 * stream returns when the network has taken the bytes.
 */
public final class Slices {

    private static final int BYTES = 256 * 1024;

    private Slices() {}

    /**
     * Writes all bytes.
     *
     * @param progress called after each slice
     */
    public static void write(OutputStream out, byte[] bytes, Runnable progress) throws IOException {
        for (int from = 0; from < bytes.length; from += BYTES) {
            out.write(bytes, from, Math.min(BYTES, bytes.length - from));
            progress.run();
        }
    }
}
