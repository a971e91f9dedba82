package io.springline.relay.attach.node;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.session.node.ClusterNodes;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One end of the connection of an upstream on one node with a server at another node. The messages
 * between nodes arrive at most once, so both ends number theirs, and repeat the latest number while
 * the link is in use. If a message is missing, the link ends.
 *
 * <p>Each end says which messages it has processed. The messages that the other end has not
 * processed are bounded by a {@link SendWindow}. Thread-safe.
 */
final class NodeLink {

    private static final Logger log = LoggerFactory.getLogger(NodeLink.class);

    /** The kind of all messages of links. */
    static final String KIND = "attached";

    /** The maximum number of messages that wait for the receiver; more than a sender may send. */
    private static final int MAX_WAITING = 4 * SendWindow.MAX_MESSAGES;

    /** After this many messages, or bytes, the other node is told what has been processed. */
    private static final int REPORTED_MESSAGES = SendWindow.MAX_MESSAGES / 8;

    private static final int REPORTED_BYTES = SendWindow.MAX_BYTES / 8;

    /** The maximum wait for the other end to process messages. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** The time after the last message for which the link repeats its number every second. */
    private static final long IN_USE_NANOS = Duration.ofSeconds(3).toNanos();

    /** Member of the data of a failure: the server has not received the request. */
    private static final String NOT_BEGUN = "notBegun";

    enum Op {
        /** The first message: the epoch and the name of the server. */
        OPEN,
        /** A message of JSON-RPC. */
        MESSAGE,
        /**
         * A request gets no response: its id, and the reason. Encoded as an error, with {@link
         * #NOT_BEGUN} if the request can be sent again.
         */
        FAILED,
        /** The latest number, and the number of the last message that was processed. */
        BEAT,
        /** The number of the last message that was processed. */
        PROCESSED,
        /** The number of the last message that was processed, and the reason. */
        CLOSE
    }

    /** Receives the messages of the other end, one at a time. */
    interface Receiver {

        /** The other end has opened the link. */
        default void opened() {}

        void receivedFromPeer(JsonRpcMessage message);

        void failed(RequestId request, String reason);

        /** The server has not received a request, which can be sent again. */
        void refused(RequestId request, String reason);

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
    private final SendWindow window = new SendWindow();
    private final ThreadPoolExecutor reading =
            new ThreadPoolExecutor(
                    1,
                    1,
                    5,
                    TimeUnit.SECONDS,
                    new LinkedBlockingQueue<>(MAX_WAITING),
                    Thread.ofVirtual().name("node-link").factory());

    private volatile long heardNanos = System.nanoTime();
    private volatile long usedNanos = heardNanos;
    private volatile boolean ended;
    private long sent;

    /** Number of the last message that the receiver has begun to process. */
    private long begun;

    private volatile long processed;

    // since the last report; used by the reading thread only
    private int unreportedMessages;
    private int unreportedBytes;

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

    void sendFailure(RequestId request, String reason) {
        sendFailure(request, reason, null);
    }

    void sendRefusal(RequestId request, String reason) {
        ObjectNode data = JsonNodeFactory.instance.objectNode().put(NOT_BEGUN, true);
        sendFailure(request, reason, data);
    }

    private void sendFailure(RequestId request, String reason, @Nullable ObjectNode data) {
        var error = new JsonRpcError(ErrorCode.INTERNAL_ERROR.code(), reason, data);
        send(Op.FAILED, codec.encode(new JsonRpcMessage.ErrorResponse(request, error)));
    }

    private synchronized long send(Op op, byte[] body) {
        if (!ended) {
            sent++;
            usedNanos = System.nanoTime();
            window.sent(sent, body.length);
            post(op, sent, body);
        }
        return sent;
    }

    /**
     * Returns true if the other end has not processed what was sent, and no more should be sent.
     */
    boolean isFull() {
        return window.isFull();
    }

    /** Blocks while too much waits for the other end; ends the link if it processes nothing. */
    void awaitRoom() throws InterruptedException {
        if (!window.awaitRoom(PATIENCE)) {
            close("node %s does not process the messages of the server".formatted(peer));
        }
    }

    /** Returns whether messages were sent or received a moment ago. */
    boolean isInUse() {
        return System.nanoTime() - usedNanos < IN_USE_NANOS;
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
            post(Op.BEAT, sent, Long.toString(processed).getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Queues a message of the other end. Does not block. */
    void heard(Op op, long number, byte[] body) {
        heardNanos = System.nanoTime();
        if (ended) {
            return;
        }
        if (op == Op.PROCESSED) {
            window.processed(number);
            return;
        }
        if (op == Op.BEAT) {
            window.processed(Long.parseLong(new String(body, StandardCharsets.UTF_8)));
        } else {
            usedNanos = heardNanos;
        }
        if (op == Op.CLOSE) {
            // The other end reads nothing any more. The reading thread may wait for room, before
            // this
            // message in its queue.
            window.close();
        }
        try {
            reading.execute(() -> read(op, number, body));
        } catch (RejectedExecutionException e) {
            Thread.startVirtualThread(() -> close("too many messages between two nodes wait"));
        }
    }

    private void read(Op op, long number, byte[] body) {
        try {
            if (op == Op.CLOSE) {
                String[] parts = new String(body, StandardCharsets.UTF_8).split(" ", 2);
                end(parts[parts.length - 1], Long.parseLong(parts[0]));
            } else if (!tryAdvance(op, number)) {
                if (!ended) {
                    close("messages between two nodes were lost");
                }
            } else if (op == Op.OPEN) {
                receiver.opened();
                processed(number, body.length);
            } else if (op == Op.MESSAGE || op == Op.FAILED) {
                read(op, codec.decode(body));
                processed(number, body.length);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.atError().setCause(e).log("a message of node {} cannot be handled", peer);
            close("a message of another node cannot be handled");
        }
    }

    /** Reports from time to time what was processed, so that the other end sends more. */
    private void processed(long number, int bytes) {
        processed = number;
        unreportedMessages++;
        unreportedBytes += bytes;
        if (unreportedMessages >= REPORTED_MESSAGES || unreportedBytes >= REPORTED_BYTES) {
            unreportedMessages = 0;
            unreportedBytes = 0;
            if (!ended) {
                post(Op.PROCESSED, number, new byte[0]);
            }
        }
    }

    private void read(Op op, Decoded decoded) throws InterruptedException {
        if (!(decoded instanceof Decoded.Message(var message))) {
            close("a message of another node cannot be read");
        } else if (op == Op.MESSAGE) {
            receiver.receivedFromPeer(message);
            receiver.throttle();
        } else if (message instanceof JsonRpcMessage.ErrorResponse(RequestId about, var error)
                && about != null) {
            if (error.data() != null && error.data().path(NOT_BEGUN).asBoolean(false)) {
                receiver.refused(about, error.message());
            } else {
                receiver.failed(about, error.message());
            }
        } else {
            close("a message of another node cannot be read");
        }
    }

    /** Counts a message. Returns false if one is missing before it, or the link has ended. */
    private synchronized boolean tryAdvance(Op op, long number) {
        if (ended || number != (op == Op.BEAT ? begun : begun + 1)) {
            return false;
        }
        begun = number;
        return true;
    }

    /** Ends the link at both ends: what this one has not processed will not be. */
    void close(String reason) {
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
            post(Op.CLOSE, sent, (begun + " " + reason).getBytes(StandardCharsets.UTF_8));
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
        window.close();
        reading.getQueue().clear();
        reading.execute(() -> receiver.closed(reason, processedByPeer));
        reading.shutdown();
    }
}
