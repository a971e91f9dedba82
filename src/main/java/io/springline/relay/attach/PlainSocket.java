package io.springline.relay.attach;

import io.springline.relay.attach.connection.AttachedTransport;
import io.springline.session.McpSession;

/** The WebSocket of a server that knows nothing but MCP: everything ends with the connection. */
final class PlainSocket implements AttachedSocket {

    private final AttachRegistration registration;
    private final AttachRequest request;
    private final McpSession session;
    private final AttachedTransport transport;

    /**
     * @param maxQueuedBytes a server that has not read as much gets no further calls
     */
    PlainSocket(
            AttachRegistration registration,
            AttachRequest request,
            McpSession session,
            long maxQueuedBytes) {
        this.registration = registration;
        this.request = request;
        this.session = session;
        this.transport =
                new AttachedTransport(
                        session, request.credential().profile(), maxQueuedBytes, () -> {});
    }

    @Override
    public void begin() {
        registration.connected(request, transport);
    }

    @Override
    public void handle(byte[] bytes) throws InterruptedException {
        transport.accept(session.codec().decode(bytes));
    }

    @Override
    public void ended(String reason, boolean mayResume) {
        transport.ended(reason);
        session.end();
    }
}
