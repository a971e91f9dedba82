package io.springline.session;

import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The detached sessions of this node, by principal. Over the limit the principal that has most of
 * them loses the one that has been away longest: many of one principal never cost another its only
 * one. Each change costs the logarithm of the number of principals. Safe for use by many threads.
 */
final class DetachedSessions {

    /** Those of one principal, the longest away first. */
    private record Share(String principal, LinkedHashSet<OwnedSession> sessions) {
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
     * @param limit most sessions, at least 0
     */
    DetachedSessions(int limit) {
        this.limit = limit;
    }

    /**
     * Adds the session if it is detached, and removes it if it is not. To be called after each
     * change of its state: of several changes at once the last call sees the last state.
     *
     * @return the one that has to end to make room, removed already, or null
     */
    synchronized @Nullable OwnedSession update(OwnedSession session) {
        if (!session.lasting().isDetached()) {
            remove(session);
            return null;
        }
        return shares.containsKey(session) ? null : add(session);
    }

    private @Nullable OwnedSession add(OwnedSession session) {
        String principal = session.lasting().binding().principal();
        Share share =
                byPrincipal.computeIfAbsent(
                        principal, name -> new Share(name, new LinkedHashSet<>()));
        bySize.remove(share);
        share.sessions().add(session);
        bySize.add(share);
        shares.put(session, share);
        count = shares.size();
        if (count <= limit) {
            return null;
        }
        OwnedSession longest = bySize.last().sessions().getFirst();
        remove(longest);
        return longest;
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
