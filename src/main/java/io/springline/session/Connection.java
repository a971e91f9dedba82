package io.springline.session;

/**
 * The way back to one client, whatever carries it. Implementations are safe for use by many
 * threads, and no call blocks: what cannot be written at once waits in a queue bounded in bytes.
 */
public interface Connection {

    /** Unique on this node and unguessable; what an operator calls it by. */
    String id();

    /**
     * Queues a message behind those queued before. When the queue is full the connection drops what
     * is dispensable, and failing that closes itself with {@link CloseReason#SLOW_CONSUMER}. On a
     * closed connection the message is discarded.
     */
    void send(Outbound message);

    /** Sends a close frame behind what is queued; the first call wins. */
    void close(CloseReason reason);
}
