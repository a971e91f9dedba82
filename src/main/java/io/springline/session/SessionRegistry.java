package io.springline.session;

import java.util.Collection;
import java.util.Collections;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The sessions of this node: those with a connection, and the detached ones. Safe for use by many
 * threads.
 */
public final class SessionRegistry {

    private final Set<McpSession> sessions = ConcurrentHashMap.newKeySet();

    public void add(McpSession session) {
        sessions.add(session);
    }

    public void remove(McpSession session) {
        sessions.remove(session);
    }

    /** A live view: iteration sees some of the changes made meanwhile, and never fails. */
    public Collection<McpSession> all() {
        return Collections.unmodifiableSet(sessions);
    }
}
