package io.springline.websocket;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.StatusCode;
import org.jspecify.annotations.Nullable;
import org.springframework.web.socket.adapter.jetty.JettyWebSocketHandlerAdapter;

/**
 * Spring's adapter, except that the fragments of a binary message are copied as they come. Jetty
 * keeps them in the buffers that they arrived in until the last one is there, which is 4 KB for
 * each single byte that a peer cares to send.
 */
public final class GatheringSocket implements Session.Listener {

    private final JettyWebSocketHandlerAdapter adapter;
    private final ByteArrayOutputStream gathered = new ByteArrayOutputStream(0);
    private @Nullable Session session;

    GatheringSocket(JettyWebSocketHandlerAdapter adapter) {
        this.adapter = adapter;
    }

    @Override
    public void onWebSocketOpen(Session opened) {
        session = opened;
        adapter.onWebSocketOpen(opened);
    }

    @Override
    public void onWebSocketText(String message) {
        adapter.onWebSocketText(message);
    }

    @Override
    public void onWebSocketPartialBinary(ByteBuffer payload, boolean last, Callback callback) {
        if (session == null) {
            throw new IllegalStateException("a message before the connection is open");
        }
        if (gathered.size() + (long) payload.remaining() > session.getMaxBinaryMessageSize()) {
            gathered.reset();
            callback.succeed();
            session.close(StatusCode.MESSAGE_TOO_LARGE, "message too big", Callback.NOOP);
        } else if (last && gathered.size() == 0) {
            adapter.onWebSocketBinary(payload, callback);
        } else {
            gathered.writeBytes(BufferUtil.toArray(payload));
            if (last) {
                ByteBuffer message = ByteBuffer.wrap(gathered.toByteArray());
                gathered.reset();
                adapter.onWebSocketBinary(message, callback);
            } else {
                callback.succeed();
                session.demand();
            }
        }
    }

    @Override
    public void onWebSocketPong(ByteBuffer payload) {
        adapter.onWebSocketPong(payload);
    }

    @Override
    public void onWebSocketClose(int code, String reason, Callback callback) {
        adapter.onWebSocketClose(code, reason, callback);
    }

    @Override
    public void onWebSocketError(Throwable cause) {
        adapter.onWebSocketError(cause);
    }
}
