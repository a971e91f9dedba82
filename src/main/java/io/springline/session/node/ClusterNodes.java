package io.springline.session.node;

import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The nodes of the cluster: messages between them, and records that all of them share. There is no
 * such bean without a cluster. Thread-safe.
 */
public interface ClusterNodes {

    /** Reads one kind of message. Called one at a time, in order of arrival; must not block. */
    @FunctionalInterface
    interface Reader {
        void read(String subject, byte[] body);
    }

    /** What became of a change of a record. */
    enum Change {
        DONE,
        /** The record has a higher epoch than the caller knows. Nothing is changed. */
        NEWER,
        /** There are too many records. Nothing is changed. */
        FULL,
        /** Unknown: there is no answer in time. */
        UNREACHABLE
    }

    /** A record that all nodes share. Its epoch never falls. */
    record Shared(long epoch, String value) {}

    /** Returns the name of this node, without spaces. It differs after each start. */
    String self();

    /** Returns false if the node is known to be gone. */
    boolean checkAlive(String node);

    /** Returns true while messages reach nobody. */
    boolean isAway();

    /** Sets who reads the messages of this kind. */
    void on(String kind, Reader reader);

    /**
     * Sends a message to a node, at most once; messages to one node keep their order. Does not
     * block.
     *
     * @param kind without spaces
     * @return false if it is known that nobody receives it
     */
    CompletionStage<Boolean> send(String node, String kind, String subject, byte[] body);

    /** Sends a message to all nodes, this one included, at most once. Does not block. */
    void sendToAll(String kind, String subject, byte[] body);

    /**
     * Returns all records of a set by their names; null if there is no answer in time. Blocks for
     * up to a second.
     */
    @Nullable Map<String, Shared> records(String set) throws InterruptedException;

    /**
     * Adds, replaces or removes a record, unless it has a higher epoch than {@code known}. Blocks
     * for up to a second.
     *
     * @param known the highest epoch of the record that the caller knows; 0 if it knows none
     * @param next null to remove the record
     */
    Change change(String set, String name, long known, @Nullable Shared next)
            throws InterruptedException;
}
