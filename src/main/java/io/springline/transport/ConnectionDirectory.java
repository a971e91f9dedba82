package io.springline.transport;

import io.springline.mcp.CloseReason;
import io.springline.session.McpSession;
import java.util.Collection;
import java.util.Optional;

/** The connections of one transport on this node, for operators. Thread-safe. */
public interface ConnectionDirectory {

    int count();

    /** Returns the number of connections as the connection limits count them. */
    default int active() {
        return count();
    }

    /** Returns the number of bytes that wait to be written, on all connections together. */
    long queuedBytes();

    /** Returns a snapshot, in no particular order. */
    Collection<ConnectionView> all();

    Optional<ConnectionView> find(String id);

    /** Returns the session of a connection, to send a message to its client. */
    Optional<McpSession> session(String id);

    /** Closes a connection. Returns false if there is no connection with this id. */
    boolean close(String id, CloseReason reason);
}
