package io.springline.transport.websocket.jetty;

import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.websocket.core.WebSocketConnection;
import org.eclipse.jetty.websocket.core.WebSocketCoreSession;

/** Jetty's connection, whose reading thread also runs calls ({@link InlineExecutor}). */
final class JettyConnection extends WebSocketConnection {

    private final InlineExecutor calls;

    /**
     * @param replaced the connection that Jetty's handshake has created but not opened
     */
    JettyConnection(
            WebSocketConnection replaced,
            Connector connector,
            WebSocketCoreSession session,
            InlineExecutor calls) {
        super(
                replaced.getEndPoint(),
                connector.getExecutor(),
                connector.getScheduler(),
                connector.getByteBufferPool(),
                session);
        setUseInputDirectByteBuffers(replaced.isUseInputDirectByteBuffers());
        setUseOutputDirectByteBuffers(replaced.isUseOutputDirectByteBuffers());
        connector.getEventListeners().forEach(this::addEventListener);
        this.calls = calls;
    }

    /**
     * Reads what arrived together with the upgrade. Calls then run on other threads, because this
     * one must finish the response.
     */
    @Override
    public void onOpen() {
        super.onOpen();
        calls.more();
    }

    @Override
    public void onFillable() {
        super.onFillable();
        calls.serve();
    }

    /**
     * Continues reading after a pong that had to wait is written. Not on the caller's thread, which
     * is one of the few of Jetty's pool and would block with the reader.
     */
    @Override
    public void run() {
        Thread.startVirtualThread(this::onFillable);
    }
}
