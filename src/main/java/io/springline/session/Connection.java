package io.springline.session;

import io.springline.jsonrpc.RequestId;
import io.springline.mcp.CloseReason;
import org.jspecify.annotations.Nullable;

/**
 * A connection to one client, over any transport. Safe for use by many threads. Only {@link
 * #awaitRoom} blocks: messages that cannot be written at once wait in a queue that is bounded in
 * bytes.
 */
public interface Connection {

    /** Returns the unique and unguessable id, by which operators refer to the connection. */
    String id();

    /**
     * Returns the id of the WebSocket that carries the connection now, or carried it last. It
     * differs from {@link #id} if the connection survives reconnects.
     */
    default String socketId() {
        return id();
    }

    /**
     * Returns the client's address if this is a single HTTP request. Null for other connections,
     * whose address the audit log has since they were opened.
     */
    default @Nullable String requestAddress() {
        return null;
    }

    default Transport transport() {
        return Transport.WEBSOCKET;
    }

    /**
     * Returns true if requests to the client can be sent on behalf of its running request {@code
     * asking}. Over HTTP, the client must accept an event stream.
     */
    default boolean carriesRequests(RequestId asking) {
        return true;
    }

    /**
     * Returns true if a client that has lost its connection waits for the response to this request,
     * instead of sending the request again: over HTTP, if the response can be an event stream.
     */
    default boolean resumesResponse(RequestId request) {
        return false;
    }

    /**
     * Queues a message and starts to write it. Must not be called with a lock held, since a failed
     * write closes the connection.
     */
    default void send(Outbound message) {
        enqueue(message);
        flush();
    }

    /**
     * Queues a message without writing it. May be called with a lock held; {@link #flush} must
     * follow after the lock is released. If the queue is over its limit, drops progress and log
     * messages and merges waiting changes. If the client does not read, closes the connection with
     * {@link CloseReason#SLOW_CONSUMER}. If the connection is closed, discards the message.
     */
    void enqueue(Outbound message);

    /**
     * Sends a message that is not part of the session: a resumable session neither counts nor keeps
     * it, and discards it if its client is away.
     */
    default void sendUncounted(Outbound message) {
        send(message);
    }

    /** Starts to write all queued messages. Must not be called with a lock held. */
    void flush();

    /**
     * Blocks while the queue is over its limit. Called before an answer is sent, so that a client
     * that reads slowly slows down the handlers that write to it. Returns when the connection is
     * closed.
     *
     * @throws InterruptedException if interrupted while blocked
     */
    void awaitRoom() throws InterruptedException;

    /**
     * Returns true if a small message can be sent on a thread that must not block: {@link
     * #awaitRoom} would return at once, and {@link #flush} would write few earlier messages. False
     * if that is not known.
     */
    default boolean isWritable() {
        return false;
    }

    /** Stops counting queued messages as unread, because a resumable session counts them. */
    default void countedBySession() {}

    /** Returns the number of bytes that the client has not taken yet, at least 0. */
    long queuedBytes();

    /**
     * Sends a close frame after the queued messages. The first call wins. Must not be called with a
     * lock held.
     */
    void close(CloseReason reason);
}
