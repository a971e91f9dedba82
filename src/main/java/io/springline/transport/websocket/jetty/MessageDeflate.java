package io.springline.transport.websocket.jetty;

import io.springline.transport.TransportStatistics;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.eclipse.jetty.websocket.core.exception.BadPayloadException;
import org.eclipse.jetty.websocket.core.exception.MessageTooLargeException;

/**
 * Compresses and inflates whole messages, each one independently (RFC 7692 without context
 * takeover). The zlib state of about 300 KB is needed only during a call, so all connections share
 * a few of them. Thread-safe.
 */
public final class MessageDeflate {

    /** The end of each compressed message, which is not sent (RFC 7692, 7.2.1). */
    private static final byte[] TAIL = {0, 0, -1, -1};

    /**
     * The tail, and an empty last block. If inflating does not reach that block, the message was
     * truncated.
     */
    private static final byte[] END = {0, 0, -1, -1, 3, 0};

    /**
     * Number of zlib states to keep. If all are in use, more are created and dropped afterwards.
     */
    private static final int KEPT = Runtime.getRuntime().availableProcessors() + 1;

    /**
     * Messages up to this size are inflated once. Larger ones are inflated once to measure them,
     * and once more to read them.
     */
    private static final int SCRATCH_BYTES = 32 * 1024;

    private record Inflating(Inflater zlib, byte[] scratch) {}

    private final ArrayBlockingQueue<Deflater> deflaters = new ArrayBlockingQueue<>(KEPT);
    private final ArrayBlockingQueue<Inflating> inflaters = new ArrayBlockingQueue<>(KEPT);
    private final int thresholdBytes;
    private final int maxInflatedBytes;
    private final TransportStatistics statistics;

    /**
     * @param thresholdBytes shorter messages are not compressed
     * @param maxInflatedBytes largest inflated message
     */
    public MessageDeflate(
            int thresholdBytes, int maxInflatedBytes, TransportStatistics statistics) {
        this.thresholdBytes = thresholdBytes;
        this.maxInflatedBytes = maxInflatedBytes;
        this.statistics = statistics;
    }

    /** Returns the compressed message, or the payload itself if compression does not help. */
    public byte[] deflate(byte[] payload) {
        if (payload.length < thresholdBytes || payload.length <= TAIL.length) {
            return payload;
        }
        Deflater zlib = deflaters.poll();
        if (zlib == null) {
            zlib = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
        }
        zlib.setInput(payload);
        byte[] out = new byte[payload.length];
        int length = zlib.deflate(out, 0, out.length, Deflater.SYNC_FLUSH);
        zlib.reset();
        if (!deflaters.offer(zlib)) {
            zlib.end();
        }
        boolean smaller = length < out.length;
        statistics.compressed(smaller ? payload.length - length + TAIL.length : 0);
        return smaller ? Arrays.copyOf(out, length - TAIL.length) : payload;
    }

    /**
     * Returns the inflated message. Allocates only as much as the message needs, and almost nothing
     * if it is too large.
     *
     * @throws MessageTooLargeException if it is larger than allowed
     * @throws BadPayloadException if it is not valid compressed data
     */
    public byte[] inflate(byte[] compressed) {
        Inflating inflating = inflaters.poll();
        if (inflating == null) {
            inflating = new Inflating(new Inflater(true), new byte[SCRATCH_BYTES]);
        }
        try {
            return inflate(compressed, inflating);
        } catch (DataFormatException e) {
            throw new BadPayloadException("not compressed data");
        } finally {
            inflating.zlib.reset();
            if (!inflaters.offer(inflating)) {
                inflating.zlib.end();
            }
        }
    }

    private byte[] inflate(byte[] compressed, Inflating inflating) throws DataFormatException {
        byte[] scratch = inflating.scratch;
        var stream = new Stream(inflating.zlib, compressed);
        int first = stream.read(scratch);
        long size = first;
        for (int read = first; read == scratch.length && size <= maxInflatedBytes; ) {
            read = stream.read(scratch);
            size += read;
        }
        if (size > maxInflatedBytes) {
            throw new MessageTooLargeException("message too big");
        }
        if (size == first) {
            return Arrays.copyOf(scratch, first);
        }
        byte[] message = new byte[(int) size];
        inflating.zlib.reset();
        new Stream(inflating.zlib, compressed).read(message);
        return message;
    }

    /** The inflating of one message. */
    private static final class Stream {
        private final Inflater zlib;
        private final byte[] compressed;
        private boolean atEnd;

        Stream(Inflater zlib, byte[] compressed) {
            this.zlib = zlib;
            this.compressed = compressed;
            zlib.setInput(compressed);
        }

        /** Fills the buffer. Returns less than its length only at the end of the message. */
        int read(byte[] into) throws DataFormatException {
            int filled = 0;
            while (filled < into.length) {
                int read = zlib.inflate(into, filled, into.length - filled);
                filled += read;
                if (read == 0 && !provideInput()) {
                    return filled;
                }
            }
            return filled;
        }

        /** Provides more input. Returns false at the end of the message. */
        private boolean provideInput() throws DataFormatException {
            int left = zlib.getRemaining();
            if (zlib.finished() && left == 0) {
                return false;
            }
            if (atEnd || zlib.needsDictionary()) {
                throw new DataFormatException("cut off");
            }
            if (zlib.finished()) {
                // A sender may mark any block as the last one (RFC 7692, 7.2.3.4).
                zlib.reset();
                zlib.setInput(compressed, compressed.length - left, left);
            } else {
                atEnd = true;
                zlib.setInput(END);
            }
            return true;
        }
    }
}
