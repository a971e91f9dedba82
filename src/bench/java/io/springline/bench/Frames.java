package io.springline.bench;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A client's WebSocket frames, built once and sent many times: of a call only the ten digits of its
 * id change. Used by one thread.
 */
final class Frames {

    static final int TEXT = 1;
    static final int CLOSE = 8;
    static final int PING = 9;
    static final int PONG = 10;

    /** Ids count up from here, so that all have the same length. */
    static final int FIRST_ID = 1_000_000_000;

    private static final int ID_LENGTH = 10;
    private static final byte[] MASK = {0x12, 0x34, 0x56, 0x78};

    private final ByteBuffer call;
    private final int idAt;
    private final int idInPayload;

    /**
     * @param json a request whose id is {@link #FIRST_ID}
     */
    Frames(String json) {
        byte[] frame = of(TEXT, json.getBytes(StandardCharsets.UTF_8));
        idInPayload = json.indexOf(Integer.toString(FIRST_ID));
        idAt = frame.length - json.length() + idInPayload;
        call = ByteBuffer.allocateDirect(frame.length).put(frame).flip();
    }

    /** The call under this id, until the next one is asked for. */
    ByteBuffer call(int id) {
        int rest = id;
        for (int i = ID_LENGTH - 1; i >= 0; i--) {
            int digit = '0' + rest % 10;
            call.put(idAt + i, (byte) (digit ^ MASK[(idInPayload + i) & 3]));
            rest /= 10;
        }
        return call.rewind();
    }

    static byte[] of(String text) {
        return of(TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * @param payload at most 65,535 bytes
     */
    static byte[] of(int opcode, byte[] payload) {
        var frame = new ByteArrayOutputStream();
        frame.write(0x80 | opcode);
        if (payload.length < 126) {
            frame.write(0x80 | payload.length);
        } else {
            frame.write(0x80 | 126);
            frame.write(payload.length >> 8);
            frame.write(payload.length);
        }
        frame.writeBytes(MASK);
        for (int i = 0; i < payload.length; i++) {
            frame.write(payload[i] ^ MASK[i & 3]);
        }
        return frame.toByteArray();
    }
}
