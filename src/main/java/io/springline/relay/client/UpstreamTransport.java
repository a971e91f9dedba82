package io.springline.relay.client;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.RequestId;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Carries messages to and from one upstream server: one process, or one HTTP session. Used once:
 * started, closed or lost, and then thrown away. Safe for use by many threads.
 */
public interface UpstreamTransport extends AutoCloseable {

    /**
     * What the upstream sends. Called by the transport's own threads, for one stream by one at a
     * time and in order; must not wait for anything that only another message can bring about.
     */
    interface Receiver {

        /**
         * @param during our request on whose own response stream the message came; null where all
         *     messages share one stream, and for messages that belong to no request
         */
        void received(JsonRpcMessage message, @Nullable RequestId during);

        /** This request will not be answered, but the upstream lives. */
        void failed(RequestId request, String reason);

        /**
         * The upstream has not begun this request and never will, for this connection is at its
         * end: it may safely be sent again on another. {@link #closed} follows.
         */
        void refused(RequestId request, String reason);

        /**
         * The upstream is gone: nothing in flight will be answered. Called at most once, and last.
         */
        void closed(String reason);

        /** The upstream has sent something that is no message. */
        default void noise() {}

        /**
         * Called between two messages by the thread that reads them, while it holds no lock. Blocks
         * if the upstream sends more than is taken, so that it is read more slowly.
         */
        default void throttle() throws InterruptedException {}
    }

    /**
     * @throws IOException when the upstream cannot be started or reached at all
     */
    void start(Receiver receiver) throws IOException;

    /**
     * Queues a message without waiting for the upstream to take it.
     *
     * @throws UpstreamException when the transport is closed, or the queue is full because the
     *     upstream does not read
     */
    void send(JsonRpcMessage message);

    /**
     * Withdraws a request: one that still waits in the queue is taken out, for one that has left
     * {@code notification} is sent ahead of everything that waits, or whatever the transport does
     * instead.
     */
    void cancel(RequestId request, Notification notification);

    /**
     * Which arguments of a tool are repeated in headers, where the transport has any, as the tool's
     * {@code x-mcp-header} asks. Replaces what was said before.
     *
     * @param headerByArgument JSON Pointers into the arguments, such as {@code /region} or {@code
     *     /target/region}, with the annotation's value: {@code Region} is sent as {@code
     *     Mcp-Param-Region}
     */
    default void mirrored(String tool, Map<String, String> headerByArgument) {}

    /** Ends the upstream and frees all it held; the receiver is told, unless it was before. */
    @Override
    void close();
}
