package io.springline.resume;

import io.springline.resume.DetachedSessions.Excess;
import io.springline.session.McpSession;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sessions that this node owns, by id, with the {@linkplain DetachedSessions detached} ones
 * among them, and the {@linkplain FormerSessions former} ones that another node owns now. Safe for
 * use by many threads.
 */
final class OwnedSessions {

    private static final Logger log = LoggerFactory.getLogger(OwnedSessions.class);

    private final Map<String, OwnedSession> byId = new ConcurrentHashMap<>();
    private final DetachedSessions detached;
    private final FormerSessions former;

    /**
     * The sessions that leave {@code byId} at this moment and may not be in {@code former} yet. One
     * that two threads move is here twice.
     */
    private final Queue<OwnedSession> moving = new ConcurrentLinkedQueue<>();

    OwnedSessions(DetachedSessions detached, FormerSessions former) {
        this.detached = detached;
        this.former = former;
    }

    FormerSessions former() {
        return former;
    }

    /** Returns the sessions of this node, attached and detached, as a live view. */
    Collection<OwnedSession> all() {
        return byId.values();
    }

    /** Returns the session if this node owns it, or null. */
    @Nullable OwnedSession find(String id) {
        return byId.get(id);
    }

    /** Returns the owned form of exactly this session, or null if this node does not own it. */
    @Nullable OwnedSession find(McpSession session) {
        OwnedSession found = find(session.connection().id());
        return found != null && found.session() == session ? found : null;
    }

    /** Adds a session that this node has created. */
    void add(OwnedSession created) {
        byId.put(created.resumable().id(), created);
    }

    /**
     * Adds a claimed session, replacing an earlier one with the same id. If a session was claimed
     * several times, the highest fencing token wins, in whatever order the answers arrive.
     *
     * @return false if a later claim has won
     */
    boolean tryReplace(OwnedSession claimed) {
        String id = claimed.resumable().id();
        OwnedSession before = byId.get(id);
        while (before == null || before.fence() < claimed.fence()) {
            if (before == null ? tryAdd(id, claimed) : tryReplace(id, before, claimed)) {
                return true;
            }
            before = byId.get(id);
        }
        log.debug("a later claim has won: {}", id);
        return false;
    }

    private boolean tryAdd(String id, OwnedSession claimed) {
        boolean added = byId.putIfAbsent(id, claimed) == null;
        if (added) {
            continueEarlier(claimed);
        }
        return added;
    }

    private boolean tryReplace(String id, OwnedSession before, OwnedSession claimed) {
        return tryMove(
                before,
                () -> {
                    boolean replaced = byId.replace(id, before, claimed);
                    if (replaced) {
                        continueEarlier(claimed);
                    }
                    return replaced;
                });
    }

    /** Lets a claimed session continue the earlier ones with the same id. */
    private void continueEarlier(OwnedSession claimed) {
        findAll(claimed.resumable().id()).stream()
                .filter(each -> each.fence() < claimed.fence())
                .forEach(each -> each.session().continuedBy(claimed.session()));
    }

    /** Releases a session that another node owns. */
    void letGo(OwnedSession session) {
        String id = session.resumable().id();
        if (tryMove(session, () -> byId.remove(id, session))) {
            log.debug("another node owns {}", id);
        }
    }

    /**
     * Makes a session a former one.
     *
     * @param removal removes it from {@code byId}, and returns false if it is not there any more
     */
    private boolean tryMove(OwnedSession session, BooleanSupplier removal) {
        moving.add(session);
        try {
            boolean removed = removal.getAsBoolean();
            if (removed) {
                former.add(session);
                detached.update(session);
            }
            return removed;
        } finally {
            moving.remove(session);
        }
    }

    /** Removes a session that has ended. Returns false if it is not here any more. */
    boolean tryRemove(OwnedSession ended) {
        if (!byId.remove(ended.resumable().id(), ended)) {
            return false;
        }
        detached.update(ended);
        return true;
    }

    /**
     * Records whether the session is detached now.
     *
     * @return the session that is to end to make room, or null
     */
    @Nullable Excess updateDetached(OwnedSession session) {
        return detached.update(session);
    }

    int detachedCount() {
        return detached.count();
    }

    /** Returns true if a request is in flight for a session that is here or was here. */
    boolean areAtWork() {
        return withFormer().stream().anyMatch(each -> !each.session().inFlight().isIdle());
    }

    /** Returns the sessions that are here or were here. */
    Set<OwnedSession> withFormer() {
        return inOrderOfMove(byId.values());
    }

    /** Returns the sessions with this id that are here or were here. */
    Set<OwnedSession> findAll(String id) {
        OwnedSession owned = find(id);
        Set<OwnedSession> found = inOrderOfMove(owned == null ? List.of() : List.of(owned));
        found.removeIf(each -> !each.resumable().id().equals(id));
        return found;
    }

    /** Reads the collections in the order in which a session moves, so that none is missed. */
    private Set<OwnedSession> inOrderOfMove(Collection<OwnedSession> owned) {
        Set<OwnedSession> found = new HashSet<>(owned);
        found.addAll(moving);
        found.addAll(former.all());
        return found;
    }
}
