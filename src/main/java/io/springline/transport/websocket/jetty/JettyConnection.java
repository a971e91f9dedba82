package io.springline.transport.websocket.jetty;

import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.WebSocketConnection;
import org.eclipse.jetty.websocket.core.WebSocketCoreSession;

/**
 * Jetty's connection, read by the selector's thread. That thread serves short messages that do not
 * block; everything else is served by a virtual thread, which then reads on.
 */
final class JettyConnection extends WebSocketConnection {

    private final JettySocket socket;

    /** Lets the selector call {@link #onFillable} itself, and not start a thread for it. */
    private final Callback fillable =
            new Callback() {
                @Override
                public void succeeded() {
                    onFillable();
                }

                @Override
                public void failed(Throwable cause) {
                    onFillInterestedFailed(cause);
                }

                @Override
                public InvocationType getInvocationType() {
                    return InvocationType.NON_BLOCKING;
                }
            };

    /**
     * @param replaced the connection that Jetty's handshake has created but not opened
     */
    JettyConnection(
            WebSocketConnection replaced,
            Connector connector,
            WebSocketCoreSession session,
            JettySocket socket) {
        super(
                replaced.getEndPoint(),
                socket::readOn,
                connector.getScheduler(),
                connector.getByteBufferPool(),
                session);
        setUseInputDirectByteBuffers(replaced.isUseInputDirectByteBuffers());
        setUseOutputDirectByteBuffers(replaced.isUseOutputDirectByteBuffers());
        connector.getEventListeners().forEach(this::addEventListener);
        this.socket = socket;
    }

    /**
     * Reads what arrived together with the upgrade. Calls then run on other threads, because this
     * one must finish the response.
     */
    @Override
    public void onOpen() {
        super.onOpen();
        socket.calls().more();
    }

    @Override
    public void fillInterested() {
        fillInterested(fillable);
    }

    /** Called on the selector's thread. */
    @Override
    public void onFillable() {
        socket.readOnSelector(super::onFillable, this);
    }

    /** Continues reading on a virtual thread, see {@link JettySocket#readOn}. */
    @Override
    public void run() {
        super.run();
        socket.calls().serve();
    }
}
