package io.springline.transport.websocket.jetty;

import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.websocket.core.WebSocketConnection;
import org.eclipse.jetty.websocket.core.WebSocketCoreSession;

/** Jetty's connection, whose reading thread also {@linkplain InlineExecutor serves}. */
final class JettyConnection extends WebSocketConnection {

    private final InlineExecutor calls;

    /**
     * @param replaced what Jetty's handshake has made, and not opened yet
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

    /** Reads what came right behind the upgrade; this thread has the response to end. */
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

    /** Goes on reading on one of the few threads of the container's pool. */
    @Override
    public void run() {
        super.run();
        calls.more();
    }
}
