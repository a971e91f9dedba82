package io.springline.session;

import io.springline.jsonrpc.RequestId;
import java.util.function.Supplier;

/**
 * What a session has kept so that its client can resume it: its messages, its request ids and its
 * state. The default methods keep nothing: they are those of a session that ends with its
 * connection. Safe for use by many threads.
 */
public interface SessionPersistence {

    /** The persistence of a session that ends with its connection. */
    SessionPersistence NONE = new SessionPersistence() {};

    /** A write that other nodes may not see yet. */
    @FunctionalInterface
    interface Write {

        /**
         * Blocks until other nodes can see the write, or until the store counts as unreachable.
         * Must not be called with a lock held.
         *
         * @throws MovedException if another node owns the session
         */
        void await() throws InterruptedException;
    }

    /** A reader of the kept messages. */
    @FunctionalInterface
    interface Reader {

        /**
         * Reads one message.
         *
         * @param number the position of the message in the session, from 1
         */
        void read(long number, Outbound message);
    }

    /** Queues a write of the session's state, replacing the one before. Does not block. */
    default Write writeState(SessionState state) {
        return () -> {};
    }

    /** Queues a write which says that this node is about to run the request. Does not block. */
    default Write writeRunning(RequestId request) {
        return () -> {};
    }

    /** Records the request's id, and returns whether the request is to be run. */
    default Deduplication claim(RequestId request) {
        return Deduplication.NONE;
    }

    /** Forgets a claimed request that was not begun. Its client sends it again to another node. */
    default void disclaim(RequestId request) {}

    /** Records that a claimed request ended without an answer. */
    default void unanswered(RequestId request) {}

    /** Returns true if another node runs the request. */
    default boolean runsElsewhere(RequestId request) {
        return false;
    }

    /**
     * Sends a message of the client to the nodes that run requests of the session.
     *
     * @param encode returns the encoded message; called only if there are such nodes
     */
    default void forward(Supplier<byte[]> encode) {}

    /**
     * Records that the client has received all messages up to this number. A number below an
     * earlier one is ignored.
     *
     * @return false, with nothing changed, if fewer messages were sent
     */
    default boolean acknowledge(long received) {
        return true;
    }

    /** Returns true if {@link Connection#awaitRoom} would return at once. */
    default boolean hasRoom() {
        return true;
    }

    /**
     * Records that the client sent a message over a connection.
     *
     * @return false if the message must not be served: a later connection has replaced this one, or
     *     the session continues at another node
     */
    default boolean recordMessageFrom(Connection connection) {
        return true;
    }

    /**
     * Reads the kept messages whose number is above {@code after}, in their order, with the
     * session's lock held: {@code begin} and {@code reader} may queue messages, and nothing else.
     *
     * @param begin called before the first message
     */
    default void replay(long after, Runnable begin, Reader reader) {
        begin.run();
    }
}
