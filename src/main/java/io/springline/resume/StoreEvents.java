package io.springline.resume;

import io.springline.resume.store.SessionStore;
import io.springline.resume.store.SessionStore.ForwardedMessage;
import io.springline.resume.store.StoredSession;
import org.jspecify.annotations.Nullable;

/** Handles the store's notices about what other nodes do with sessions of this node. */
final class StoreEvents implements SessionStore.Listener {

    private final OwnedSessions sessions;
    private final String node;

    StoreEvents(OwnedSessions sessions, String node) {
        this.sessions = sessions;
        this.node = node;
    }

    @Override
    public void moved(String session, long fence) {
        OwnedSession known = sessions.find(session);
        if (known != null && known.fence() <= fence) {
            sessions.letGo(known);
        }
    }

    @Override
    public void arrived(String session, long fence, ForwardedMessage arrival) {
        OwnedSession known = sessions.find(session);
        if (known != null && known.fence() == fence) {
            known.arrived(arrival);
        }
    }

    /**
     * Handles the message for the owned and the former sessions, since it may arrive before the
     * notice that the session has moved.
     */
    @Override
    public void told(String session, byte[] message) {
        for (OwnedSession each : sessions.findAll(session)) {
            sessions.former().told(each.session(), message);
        }
    }

    @Override
    public @Nullable StoredSession snapshot(String session, long fence) {
        OwnedSession known = sessions.find(session);
        return known == null || known.fence() != fence ? null : known.snapshot(node);
    }
}
