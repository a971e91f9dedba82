package io.springline.relay.attach.connection;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.RequestId;
import io.springline.mcp.CloseReason;
import io.springline.relay.client.UpstreamTransport;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A transport to an attached server: that of the upstream of this node, or of another node. All
 * share the connection, which ends with that of this node. Ids of requests differ between them.
 */
final class AttachedClient implements UpstreamTransport {

    private final AttachedTransport server;
    private volatile @Nullable Receiver receiver;

    AttachedClient(AttachedTransport server) {
        this.server = server;
    }

    @Nullable Receiver receiver() {
        return receiver;
    }

    boolean isStarted() {
        return receiver != null;
    }

    void throttle() throws InterruptedException {
        Receiver to = receiver;
        if (to != null) {
            to.throttle();
        }
    }

    @Override
    public void start(Receiver receiver) throws IOException {
        this.receiver = receiver;
        server.add(this);
    }

    @Override
    public void send(JsonRpcMessage message) {
        server.send(this, message);
    }

    @Override
    public void cancel(RequestId request, Notification notification) {
        server.cancel(request, notification);
    }

    @Override
    public void close() {
        if (server.own() == this) {
            server.close(CloseReason.HEARTBEAT_TIMEOUT, "this side closed the connection");
        } else {
            server.remove(this);
        }
    }
}
