package io.springline.transport.websocket;

import io.springline.session.Outbound;
import io.springline.transport.websocket.jetty.MessageDeflate;
import java.nio.ByteBuffer;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;
import org.jspecify.annotations.Nullable;

/**
 * Turns one outbound message after the other into WebSocket frames, compressed if the client has
 * negotiated it. Used by one thread at a time.
 */
final class MessageFrames {

    /**
     * A larger message is sent in fragments of this size, so that its progress can be observed, and
     * pings can be sent in between (RFC 6455, 5.4).
     */
    static final int FRAGMENT_BYTES = 256 * 1024;

    private static final byte[] NOTHING = {};

    private final byte opCode;
    private final @Nullable MessageDeflate deflate;
    private byte[] payload = NOTHING;
    private int written;

    /**
     * @param opCode {@link OpCode#TEXT} or {@link OpCode#BINARY}
     * @param deflate null if compression was not negotiated
     */
    MessageFrames(byte opCode, @Nullable MessageDeflate deflate) {
        this.opCode = opCode;
        this.deflate = deflate;
    }

    /** Prepares for the next message. */
    void restart() {
        payload = NOTHING;
        written = 0;
    }

    /** Returns true if {@link #next} has returned no frame of the message yet. */
    boolean isAtStart() {
        return written == 0;
    }

    /** Returns true if {@link #next} has returned the last frame of the message. */
    boolean isAtEnd() {
        return written == payload.length;
    }

    /** Returns the next frame of the message. */
    Frame next(Outbound message) {
        boolean first = written == 0;
        if (first) {
            payload = compressed(message);
        }
        int length = Math.min(payload.length - written, FRAGMENT_BYTES);
        Frame frame =
                new Frame(
                        first ? opCode : OpCode.CONTINUATION,
                        ByteBuffer.wrap(payload, written, length));
        frame.setRsv1(first && payload != message.payload());
        written += length;
        return frame.setFin(written == payload.length);
    }

    /**
     * Returns the payload to send: the plain one if compression was not negotiated or does not
     * help.
     */
    private byte[] compressed(Outbound message) {
        byte[] plain = message.payload();
        MessageDeflate zlib = deflate;
        if (zlib == null) {
            return plain;
        }
        Outbound.Compressed shared = message.compressed();
        return shared == null ? zlib.deflate(plain) : shared.get(() -> zlib.deflate(plain));
    }
}
