package io.springline.session;

import io.springline.jsonrpc.RequestId;
import io.springline.mcp.CloseReason;

/**
 * The way back to one client, whatever carries it. Implementations are safe for use by many
 * threads. Nothing but {@link #awaitRoom} blocks: what cannot be written at once waits in a queue
 * bounded in bytes.
 */
public interface Connection {

    /** Unique and unguessable; what an operator calls it by. */
    String id();

    /**
     * Returns the id of the WebSocket that carries it at present, or carried it last: another than
     * {@link #id} if it outlives its sockets.
     */
    default String socketId() {
        return id();
    }

    /**
     * Returns whether requests to the client can be sent on behalf of its running request {@code
     * asking}. Over HTTP that takes a client that accepts an event stream.
     */
    default boolean carriesRequests(RequestId asking) {
        return true;
    }

    /**
     * Queues a message behind those queued before, and has it written. Never to be called with a
     * lock held: a write that fails ends the connection.
     */
    default void send(Outbound message) {
        enqueue(message);
        flush();
    }

    /**
     * Queues a message behind those queued before, and writes nothing: may be called with a lock
     * held; {@link #flush} must follow when that is released. If the queue is over its limit,
     * progress and log messages are dropped and waiting changes merged; a client that does not read
     * is closed with {@link CloseReason#SLOW_CONSUMER}. On a closed connection the message is
     * discarded.
     */
    void enqueue(Outbound message);

    /**
     * Sends a message that is not part of the session: a resumable session neither counts nor keeps
     * it, and discards it if its client is away.
     */
    default void sendUncounted(Outbound message) {
        send(message);
    }

    /** Has written what is queued, whoever queued it. Never to be called with a lock held. */
    void flush();

    /**
     * Waits while the queue is over its limit: to be called before answers are sent, so that
     * whoever produces much is held back by a client that reads slowly. Returns when the connection
     * is closed.
     *
     * @throws InterruptedException when interrupted while it has to wait; not when there is room
     */
    void awaitRoom() throws InterruptedException;

    /** Bytes that wait to be taken by the client, at least 0. */
    long queuedBytes();

    /**
     * Sends a close frame behind what is queued; the first call wins. Never to be called with a
     * lock held.
     */
    void close(CloseReason reason);
}
