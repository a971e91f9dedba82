package io.springline.relay.attach.node;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.RequestId;
import io.springline.relay.client.UpstreamException;
import io.springline.relay.client.UpstreamTransport;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A transport to a server at another node. If the connection ends there, requests that it has not
 * sent yet are {@linkplain UpstreamTransport.Receiver#refused refused}, since they can be sent
 * again.
 */
final class NodeTransport implements UpstreamTransport, NodeLink.Receiver {

    private static final long UNKNOWN = 0;

    private final Function<NodeTransport, NodeLink> opening;

    /** Requests without an answer, with the numbers of their messages. */
    private final Map<RequestId, Long> sent = new ConcurrentHashMap<>();

    private volatile @Nullable NodeLink link;
    private volatile @Nullable Receiver receiver;

    /**
     * @param opening opens the link
     */
    NodeTransport(Function<NodeTransport, NodeLink> opening) {
        this.opening = opening;
    }

    @Override
    public void start(Receiver receiver) throws IOException {
        this.receiver = receiver;
        link = opening.apply(this);
    }

    @Override
    public void send(JsonRpcMessage message) {
        NodeLink open = link;
        Receiver to = receiver;
        if (open == null || to == null) {
            throw new IllegalStateException("not started");
        }
        if (message instanceof Request request) {
            if (open.hasEnded()) {
                to.refused(request.id(), "the connection between two nodes has ended");
                return;
            }
            if (open.isFull()) {
                throw new UpstreamException(
                        "the replica that has the server does not process its messages in time");
            }
            sent.put(request.id(), UNKNOWN);
            long number = open.send(request);
            sent.computeIfPresent(request.id(), (_, _) -> number);
        } else {
            open.send(message);
        }
    }

    @Override
    public void cancel(RequestId request, Notification notification) {
        sent.remove(request);
        send(notification);
    }

    @Override
    public void receivedFromPeer(JsonRpcMessage message) {
        if (message instanceof Response response && response.id() != null) {
            sent.remove(response.id());
        }
        Receiver to = receiver;
        if (to != null) {
            to.receivedOnSharedStream(message);
        }
    }

    @Override
    public void failed(RequestId request, String reason) {
        sent.remove(request);
        Receiver to = receiver;
        if (to != null) {
            to.failed(request, reason);
        }
    }

    @Override
    public void refused(RequestId request, String reason) {
        sent.remove(request);
        Receiver to = receiver;
        if (to != null) {
            to.refused(request, reason);
        }
    }

    @Override
    public void throttle() throws InterruptedException {
        Receiver to = receiver;
        if (to != null) {
            to.throttle();
        }
    }

    @Override
    public void closed(String reason, long processed) {
        Receiver to = receiver;
        if (to == null) {
            return;
        }
        sent.forEach((request, number) -> {
            if (number > processed) {
                to.refused(request, reason);
            }
        });
        sent.clear();
        to.closed(reason);
    }

    @Override
    public void close() {
        NodeLink open = link;
        if (open != null) {
            open.close("the other node closed the connection");
        }
    }
}
