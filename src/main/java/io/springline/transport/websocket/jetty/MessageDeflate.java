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
 * Compresses whole messages, each by itself (RFC 7692 without context takeover): the zlib state of
 * about 300 KB is needed only while a message is worked on, so a few are shared by all connections
 * of the service. Safe for use by many threads.
 */
public final class MessageDeflate {

    /** Ends each compressed message, and is not sent (RFC 7692, 7.2.1). */
    private static final byte[] TAIL = {0, 0, -1, -1};

    /** Also a last block, empty: where that is not found as one, the message was cut off. */
    private static final byte[] END = {0, 0, -1, -1, 3, 0};

    /** More are made when all are in use, and given up afterwards. */
    private static final int KEPT = Runtime.getRuntime().availableProcessors() + 1;

    /** A message that fits is inflated once; a larger one is measured first. */
    private static final int SCRATCH_BYTES = 32 * 1024;

    private record Inflating(Inflater zlib, byte[] scratch) {}

    private final ArrayBlockingQueue<Deflater> deflaters = new ArrayBlockingQueue<>(KEPT);
    private final ArrayBlockingQueue<Inflating> inflaters = new ArrayBlockingQueue<>(KEPT);
    private final int thresholdBytes;
    private final int maxInflatedBytes;
    private final TransportStatistics statistics;

    /**
     * @param thresholdBytes shorter messages stay as they are
     * @param maxInflatedBytes of a message that came in compressed
     */
    public MessageDeflate(
            int thresholdBytes, int maxInflatedBytes, TransportStatistics statistics) {
        this.thresholdBytes = thresholdBytes;
        this.maxInflatedBytes = maxInflatedBytes;
        this.statistics = statistics;
    }

    /** The payload itself where compression would be of no use. */
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
     * Takes no more memory than the message turns out to need, and nearly none for one that is
     * larger than allowed.
     *
     * @throws MessageTooLargeException when it is
     * @throws BadPayloadException when the bytes are not compressed data
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

    /** One message while it is inflated. */
    private static final class Stream {
        private final Inflater zlib;
        private final byte[] compressed;
        private boolean atEnd;

        Stream(Inflater zlib, byte[] compressed) {
            this.zlib = zlib;
            this.compressed = compressed;
            zlib.setInput(compressed);
        }

        /** Fills the buffer, or less at the end of the message only. */
        int read(byte[] into) throws DataFormatException {
            int filled = 0;
            while (filled < into.length) {
                int read = zlib.inflate(into, filled, into.length - filled);
                filled += read;
                if (read == 0 && !goOn()) {
                    return filled;
                }
            }
            return filled;
        }

        /** False at the end. */
        private boolean goOn() throws DataFormatException {
            int left = zlib.getRemaining();
            if (zlib.finished() && left == 0) {
                return false;
            }
            if (atEnd || zlib.needsDictionary()) {
                throw new DataFormatException("cut off");
            }
            if (zlib.finished()) {
                // the sender has marked a block as the last, which need not be (RFC 7692, 7.2.3.4)
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
