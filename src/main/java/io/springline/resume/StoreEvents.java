package io.springline.resume;

import io.springline.resume.store.SessionStore;
import io.springline.resume.store.SessionStore.ForwardedMessage;
import io.springline.resume.store.StoredSession;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Handles the store's notices about what other nodes do with sessions of this node. */
final class StoreEvents implements SessionStore.Listener {

    private final Map<String, OwnedSession> owned;
    private final FormerSessions moved;
    private final String node;
    private final Consumer<OwnedSession> letGo;

    /**
     * @param owned a live view of the sessions that this node owns, by id
     * @param letGo called with each session that another node owns now
     */
    StoreEvents(
            Map<String, OwnedSession> owned,
            FormerSessions moved,
            String node,
            Consumer<OwnedSession> letGo) {
        this.owned = owned;
        this.moved = moved;
        this.node = node;
        this.letGo = letGo;
    }

    @Override
    public void moved(String session, long fence) {
        OwnedSession known = owned.get(session);
        if (known != null && known.fence() <= fence) {
            letGo.accept(known);
        }
    }

    @Override
    public void arrived(String session, long fence, ForwardedMessage arrival) {
        OwnedSession known = owned.get(session);
        if (known != null && known.fence() == fence) {
            known.arrived(arrival);
        }
    }

    /**
     * Handles the message for the owned and the former session, since it may arrive before the
     * notice that the session has moved.
     */
    @Override
    public void told(String session, byte[] message) {
        OwnedSession known = owned.get(session);
        if (known != null) {
            FormerSessions.told(known.session(), message);
        }
        moved.told(session, message);
    }

    @Override
    public @Nullable StoredSession snapshot(String session, long fence) {
        OwnedSession known = owned.get(session);
        return known == null || known.fence() != fence ? null : known.snapshot(node);
    }
}
