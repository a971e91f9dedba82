package io.springline.resume;

import io.springline.resume.connection.Absence;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The detached sessions of this node, by principal. If their number exceeds the limit, the
 * principal with the most sessions loses the one that was detached first, so no principal can
 * displace another's only session. An update costs the logarithm of the number of principals. Safe
 * for use by many threads.
 */
final class DetachedSessions {

    /** A session that is to end, unless its client has come back since it was chosen. */
    record Excess(OwnedSession session, Absence since) {}

    /** The sessions of one principal, in the order in which they were detached. */
    private record Share(String principal, LinkedHashMap<OwnedSession, Absence> sessions) {
        int size() {
            return sessions.size();
        }
    }

    private final int limit;
    private final Map<OwnedSession, Share> shares = new HashMap<>();
    private final Map<String, Share> byPrincipal = new HashMap<>();
    private final TreeSet<Share> bySize =
            new TreeSet<>(Comparator.comparingInt(Share::size).thenComparing(Share::principal));
    private volatile int count;

    /**
     * @param limit the highest number of sessions, at least 0
     */
    DetachedSessions(int limit) {
        this.limit = limit;
    }

    /**
     * Adds a detached session, or removes one that is not detached. To be called after each change
     * of the session's state. If changes happen at the same time, the last call sees the last
     * state.
     *
     * @return the session that is to end to make room, already removed, or null
     */
    synchronized @Nullable Excess update(OwnedSession session) {
        Absence absence = session.resumable().absence();
        Share share = shares.get(session);
        if (share != null && share.sessions().get(session) == absence) {
            return null;
        }
        remove(session);
        return absence == null ? null : add(session, absence);
    }

    private @Nullable Excess add(OwnedSession session, Absence absence) {
        String principal = session.resumable().binding().principal();
        Share share =
                byPrincipal.computeIfAbsent(
                        principal, name -> new Share(name, new LinkedHashMap<>()));
        bySize.remove(share);
        share.sessions().put(session, absence);
        bySize.add(share);
        shares.put(session, share);
        count = shares.size();
        if (count <= limit) {
            return null;
        }
        var longest = bySize.last().sessions().firstEntry();
        remove(longest.getKey());
        return new Excess(longest.getKey(), longest.getValue());
    }

    private void remove(OwnedSession session) {
        Share share = shares.remove(session);
        if (share == null) {
            return;
        }
        bySize.remove(share);
        share.sessions().remove(session);
        if (share.sessions().isEmpty()) {
            byPrincipal.remove(share.principal());
        } else {
            bySize.add(share);
        }
        count = shares.size();
    }

    int count() {
        return count;
    }
}
