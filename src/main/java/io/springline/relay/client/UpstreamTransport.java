package io.springline.relay.client;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.RequestId;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonPointer;

/**
 * A transport to one upstream server: one process or one HTTP session.
 *
 * <p>An instance is used once: it is started, closed or lost, and then discarded. Thread-safe.
 */
public interface UpstreamTransport extends AutoCloseable {

    /**
     * Receives the messages of the upstream. The transport calls it on its own threads: one at a
     * time per stream, in order. A call must not wait for another message.
     */
    interface Receiver {

        /**
         * Called for each message.
         *
         * @param during the request on whose response stream the message arrived; null if all
         *     messages share one stream, and for messages outside of a request
         */
        void received(JsonRpcMessage message, @Nullable RequestId during);

        /** Called for a message on a stream that does not belong to one request. */
        default void receivedOnSharedStream(JsonRpcMessage message) {
            received(message, null);
        }

        /** Called if a request gets no response, and the upstream stays connected. */
        void failed(RequestId request, String reason);

        /**
         * Called if the response to a request did not arrive, and the upstream stays connected: the
         * outcome of the request is unknown.
         */
        default void lost(RequestId request, String reason) {
            failed(request, reason);
        }

        /**
         * Called if the upstream has not started to process a request and will not, because the
         * connection ends: it can be sent again on another one. {@link #closed} follows.
         */
        void refused(RequestId request, String reason);

        /**
         * Called when the connection has ended. It is the last call, made at most once; pending
         * requests get no response.
         */
        void closed(String reason);

        /** Called if the upstream sends something that is not a message. */
        default void noise() {}

        /**
         * Blocks while the upstream exceeds its message rate. Called between two messages by the
         * reader thread, which holds no lock.
         */
        default void throttle() throws InterruptedException {}
    }

    /**
     * Starts the transport.
     *
     * @throws IOException if the upstream cannot be started or reached
     */
    void start(Receiver receiver) throws IOException;

    /**
     * Queues a message, without waiting for the upstream to read it.
     *
     * @throws ClosedTransportException if the transport is closed
     * @throws UpstreamException if the queue is full because the upstream does not read
     */
    void send(JsonRpcMessage message);

    /**
     * Cancels a request. If it is still queued, it is removed; otherwise {@code notification} is
     * sent ahead of the queue, or the transport cancels in its own way.
     */
    void cancel(RequestId request, Notification notification);

    /**
     * Sets the arguments of a tool that are repeated in headers, from its {@code x-mcp-header}
     * annotations. It replaces the previous setting. Transports without headers ignore it.
     *
     * @param headerByArgument valid header names by their place in the arguments: {@code Region} is
     *     sent as {@code Mcp-Param-Region}
     */
    default void mirrored(String tool, Map<JsonPointer, String> headerByArgument) {}

    /**
     * Closes the connection and releases its resources. {@link Receiver#closed} is called unless it
     * was before.
     */
    @Override
    void close();
}
