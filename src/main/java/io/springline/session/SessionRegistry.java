package io.springline.session;

import java.util.Collection;
import java.util.Collections;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The sessions of this node: as many as there are connections, and those that {@linkplain
 * ResumableSessions wait for their clients}.
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
