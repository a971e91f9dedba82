package io.springline.relay.attach.node;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.RequestId;
import io.springline.relay.client.UpstreamException;
import io.springline.relay.client.UpstreamTransport;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The end of a link at the node that has the server: passes messages on, in both directions. */
final class ServedNode implements UpstreamTransport.Receiver, NodeLink.Receiver {

    private final UpstreamTransport server;
    private volatile @Nullable NodeLink link;

    ServedNode(UpstreamTransport server) {
        this.server = server;
    }

    /** Sets the link, before its first message. */
    void use(NodeLink opened) {
        link = opened;
    }

    // from the other node

    @Override
    public void opened() {
        try {
            server.start(this);
        } catch (IOException e) {
            closed(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public void receivedFromPeer(JsonRpcMessage message) {
        try {
            if (message instanceof Notification notification
                    && notification.method().equals("notifications/cancelled")
                    && notification.params() != null
                    && RequestId.of(notification.params().get("requestId"))
                            instanceof RequestId id) {
                server.cancel(id, notification);
            } else {
                server.send(message);
            }
        } catch (UpstreamException e) {
            if (message instanceof Request request) {
                failed(request.id(), String.valueOf(e.getMessage()));
            }
        }
    }

    @Override
    public void closed(String reason, long processed) {
        server.close();
    }

    // from the server

    @Override
    public void received(JsonRpcMessage message, @Nullable RequestId during) {
        NodeLink to = link;
        if (to != null) {
            to.send(message);
        }
    }

    @Override
    public void failed(RequestId request, String reason) {
        NodeLink to = link;
        if (to != null) {
            to.sendFailure(request, reason);
        }
    }

    @Override
    public void refused(RequestId request, String reason) {
        NodeLink to = link;
        if (to != null) {
            to.sendRefusal(request, reason);
        }
    }

    @Override
    public void closed(String reason) {
        NodeLink to = link;
        if (to != null) {
            to.close(reason);
        }
    }

    /** Blocks the reader of the server while the other node has too much of it to process. */
    @Override
    public void throttle() throws InterruptedException {
        NodeLink to = link;
        if (to != null) {
            to.awaitRoom();
        }
    }
}
