package io.springline.relay.attach.node;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.session.node.ClusterNodes;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One end of the connection of an upstream on one node with a server at another node. The messages
 * between nodes arrive at most once, so both ends number theirs, and repeat the latest number every
 * second. If a message is missing, the link ends. Thread-safe.
 */
final class NodeLink {

    private static final Logger log = LoggerFactory.getLogger(NodeLink.class);

    /** The kind of all messages of links. */
    static final String KIND = "attached";

    /** The maximum number and size of the messages that wait for the receiver. */
    private static final int MAX_WAITING = 2_048;

    static final int MAX_WAITING_BYTES = 16 << 20;

    enum Op {
        /** The first message: the epoch and the name of the server. */
        OPEN,
        /** A message of JSON-RPC. */
        MESSAGE,
        /** A request gets no response: its id, and the reason. Encoded as an error. */
        FAILED,
        /** Nothing but the latest number. */
        BEAT,
        /** The number of the last message that was processed, and the reason. */
        CLOSE
    }

    /** Receives the messages of the other end, one at a time. */
    interface Receiver {

        /** The other end has opened the link. */
        default void opened() {}

        void received(JsonRpcMessage message);

        void failed(RequestId request, String reason);

        /** Blocks while the other end sends too much. */
        void throttle() throws InterruptedException;

        /**
         * The link has ended. It is the last call.
         *
         * @param processed the number of the last message that the other end has processed, or may
         *     have processed
         */
        void closed(String reason, long processed);
    }

    private final ClusterNodes nodes;
    private final String peer;
    private final String id;
    private final JsonRpcCodec codec;
    private final Runnable onEnd;
    private final Receiver receiver;
    private final AtomicLong waitingBytes = new AtomicLong();
    private final ThreadPoolExecutor reading =
            new ThreadPoolExecutor(
                    1,
                    1,
                    5,
                    TimeUnit.SECONDS,
                    new LinkedBlockingQueue<>(MAX_WAITING),
                    Thread.ofVirtual().name("node-link").factory());

    private volatile long heardNanos = System.nanoTime();
    private volatile boolean ended;
    private long sent;
    private long processed;

    /**
     * @param onEnd runs when the link has ended
     */
    NodeLink(
            ClusterNodes nodes,
            String peer,
            String id,
            JsonRpcCodec codec,
            Receiver receiver,
            Runnable onEnd) {
        this.nodes = nodes;
        this.peer = peer;
        this.id = id;
        this.codec = codec;
        this.receiver = receiver;
        this.onEnd = onEnd;
        reading.allowCoreThreadTimeOut(true);
    }

    String peer() {
        return peer;
    }

    boolean hasEnded() {
        return ended;
    }

    /** Returns for how long the other end has been silent. */
    long silentNanos() {
        return System.nanoTime() - heardNanos;
    }

    /** Opens the link to a server at the other node. */
    void open(String server, long epoch) {
        send(Op.OPEN, (epoch + " " + server).getBytes(StandardCharsets.UTF_8));
    }

    /** Sends a message, and returns its number. */
    long send(JsonRpcMessage message) {
        return send(Op.MESSAGE, codec.encode(message));
    }

    void sendFailure(JsonRpcMessage.ErrorResponse failure) {
        send(Op.FAILED, codec.encode(failure));
    }

    private synchronized long send(Op op, byte[] body) {
        if (!ended) {
            sent++;
            post(op, sent, body);
        }
        return sent;
    }

    private void post(Op op, long number, byte[] body) {
        nodes.send(peer, KIND, "%s %s %s %d".formatted(nodes.self(), id, op.name(), number), body)
                .whenComplete((arrived, _) -> {
                    if (!Boolean.TRUE.equals(arrived) && op != Op.CLOSE) {
                        Thread.startVirtualThread(
                                () -> end("node %s is gone".formatted(peer), Long.MAX_VALUE));
                    }
                });
    }

    /** Repeats the latest number, so that the other end notices if it lacks a message. */
    synchronized void beat() {
        if (!ended) {
            post(Op.BEAT, sent, new byte[0]);
        }
    }

    /** Queues a message of the other end. Does not block. */
    void heard(Op op, long number, byte[] body) {
        heardNanos = System.nanoTime();
        if (ended) {
            return;
        }
        try {
            if (waitingBytes.addAndGet(body.length) > MAX_WAITING_BYTES) {
                throw new RejectedExecutionException();
            }
            reading.execute(() -> {
                waitingBytes.addAndGet(-body.length);
                read(op, number, body);
            });
        } catch (RejectedExecutionException e) {
            Thread.startVirtualThread(() -> close("too many messages between two nodes wait"));
        }
    }

    private void read(Op op, long number, byte[] body) {
        try {
            if (op == Op.CLOSE) {
                String[] parts = new String(body, StandardCharsets.UTF_8).split(" ", 2);
                end(parts[parts.length - 1], Long.parseLong(parts[0]));
            } else if (!isNext(op, number)) {
                if (!ended) {
                    close("messages between two nodes were lost");
                }
            } else if (op == Op.OPEN) {
                receiver.opened();
            } else if (op == Op.MESSAGE || op == Op.FAILED) {
                read(op, codec.decode(body));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.atError().setCause(e).log("a message of node {} cannot be handled", peer);
            close("a message of another node cannot be handled");
        }
    }

    private void read(Op op, Decoded decoded) throws InterruptedException {
        if (!(decoded instanceof Decoded.Message(var message))) {
            close("a message of another node cannot be read");
        } else if (op == Op.MESSAGE) {
            receiver.received(message);
            receiver.throttle();
        } else if (message instanceof JsonRpcMessage.ErrorResponse(RequestId about, var error)
                && about != null) {
            receiver.failed(about, error.message());
        } else {
            close("a message of another node cannot be read");
        }
    }

    /** Returns false if a message is missing before this one, or the link has ended. */
    private synchronized boolean isNext(Op op, long number) {
        if (ended || number != (op == Op.BEAT ? processed : processed + 1)) {
            return false;
        }
        processed = number;
        return true;
    }

    /** Ends the link at both ends: what this one has not processed will not be. */
    void close(String reason) {
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
            post(Op.CLOSE, sent, (processed + " " + reason).getBytes(StandardCharsets.UTF_8));
        }
        finish(reason, Long.MAX_VALUE);
    }

    /** Ends this end of the link. */
    void end(String reason, long processedByPeer) {
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
        }
        finish(reason, processedByPeer);
    }

    private void finish(String reason, long processedByPeer) {
        onEnd.run();
        reading.getQueue().clear();
        reading.execute(() -> receiver.closed(reason, processedByPeer));
        reading.shutdown();
    }
}
