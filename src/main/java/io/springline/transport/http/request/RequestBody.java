package io.springline.transport.http.request;

import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Reads the body of a request, with a limit on its size and its duration. */
public final class RequestBody {

    /** Thrown if the body is larger than allowed. */
    public static final class TooLargeException extends IOException {}

    /** Thrown if the body arrived too slowly. */
    public static final class TooSlowException extends IOException {}

    private static final int CHUNK = 8192;

    /** The slowest rate that extends the time for a body. */
    private static final long SLOWEST_BYTES_PER_SECOND = 16 * 1024;

    private RequestBody() {}

    public static byte[] read(HttpServletRequest request, long maxBytes, long timeoutNanos)
            throws IOException {
        long announced = request.getContentLengthLong();
        if (announced > maxBytes) {
            throw new TooLargeException();
        }
        long began = System.nanoTime();
        InputStream in = request.getInputStream();
        if (announced > 0 && announced <= CHUNK) {
            byte[] all = new byte[(int) announced];
            int length = 0;
            for (int read; (read = in.read(all, length, all.length - length)) > 0; ) {
                length += read;
                requireInTime(began, length, timeoutNanos);
            }
            return length == all.length ? all : Arrays.copyOf(all, length);
        }
        var body = new ByteArrayOutputStream(CHUNK);
        byte[] chunk = new byte[CHUNK];
        for (int read; (read = in.read(chunk)) >= 0; ) {
            body.write(chunk, 0, read);
            if (body.size() > maxBytes) {
                throw new TooLargeException();
            }
            requireInTime(began, body.size(), timeoutNanos);
        }
        return body.toByteArray();
    }

    /**
     * Reads and discards the rest of a refused body, up to a number of bytes and for a limited
     * time. If the connection were closed while the client sends, the client would often see a
     * reset in place of the response (RFC 9112, section 9.6).
     */
    public static void discard(HttpServletRequest request, long maxBytes, long timeoutNanos) {
        long end = System.nanoTime() + timeoutNanos;
        byte[] chunk = new byte[CHUNK];
        try {
            InputStream in = request.getInputStream();
            long discarded = 0;
            for (int read; discarded < maxBytes && (read = in.read(chunk)) >= 0; ) {
                discarded += read;
                if (System.nanoTime() - end > 0) {
                    return;
                }
            }
        } catch (IOException e) {
            // the client has gone, or sends nothing more
        }
    }

    private static void requireInTime(long began, long bytes, long timeoutNanos)
            throws TooSlowException {
        long allowed = timeoutNanos + bytes * 1_000_000_000L / SLOWEST_BYTES_PER_SECOND;
        if (System.nanoTime() - began > allowed) {
            throw new TooSlowException();
        }
    }
}
