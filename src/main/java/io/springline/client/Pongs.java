package io.springline.client;

import java.nio.ByteBuffer;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;
import org.jspecify.annotations.Nullable;

/**
 * Answers the pings of a server. While a pong waits to be written, keeps only the newest ping (RFC
 * 6455, 5.5.3): pongs to a server that does not read would fill the memory. Thread-safe.
 */
final class Pongs {

    private @Nullable ByteBuffer newest;
    private boolean writing;

    /** Answers a ping, at once or after the pong that is being written. Does not block. */
    void answer(Frame ping, CoreSession session) {
        ByteBuffer payload = ByteBuffer.allocate(ping.getPayloadLength());
        payload.put(ping.getPayload().duplicate()).flip();
        synchronized (this) {
            if (writing) {
                newest = payload;
                return;
            }
            writing = true;
        }
        send(payload, session);
    }

    private void send(ByteBuffer payload, CoreSession session) {
        session.sendFrame(
                new Frame(OpCode.PONG, payload), Callback.from(() -> written(session)), false);
    }

    private void written(CoreSession session) {
        ByteBuffer next;
        synchronized (this) {
            next = newest;
            newest = null;
            writing = next != null;
        }
        if (next != null) {
            send(next, session);
        }
    }
}
