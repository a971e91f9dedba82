package io.springline.relay;

import io.springline.feature.ResourceSubscriber;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.session.Caller;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The resources of one upstream that client sessions are subscribed to. A resource is in it as long
 * as one session is. Safe for use by many threads.
 */
final class SubscribedUris {

    /** Most subscriptions of all sessions. */
    static final int MAX_URIS = 8192;

    /** Most subscriptions of all sessions of one principal that is known by a credential. */
    static final int MAX_URIS_PER_PRINCIPAL = 2048;

    /** Most characters of all URIs. */
    static final int MAX_CHARACTERS = 4_000_000;

    /** Most characters of the URIs of one principal that is known by a credential. */
    static final int MAX_CHARACTERS_PER_PRINCIPAL = 1_000_000;

    private record Held(Caller caller, Set<String> uris, long characters) {

        static Held of(ResourceSubscriber subscriber) {
            Set<String> uris = Set.copyOf(subscriber.uris());
            return new Held(
                    subscriber.caller(), uris, uris.stream().mapToLong(String::length).sum());
        }
    }

    private final String upstream;
    private final Map<String, Held> bySession = new HashMap<>();
    private final Map<String, Integer> sessionsByUri = new HashMap<>();

    SubscribedUris(String upstream) {
        this.upstream = upstream;
    }

    /**
     * Takes over what a session is subscribed to now.
     *
     * @return whether the resources of all sessions together are others than before
     * @throws JsonRpcException with nothing changed, if that is more than before and too many
     */
    synchronized boolean change(ResourceSubscriber subscriber) {
        // Read under the lock: the latest call leaves the latest state.
        Held next = Held.of(subscriber);
        Held before = bySession.get(subscriber.sessionId());
        if (before == null || next.uris.size() > before.uris.size()) {
            requireRoom(subscriber.sessionId(), next);
        }
        return replace(subscriber.sessionId(), next);
    }

    /** As {@link #change}, to none. */
    synchronized boolean end(String session) {
        return replace(session, new Held(Caller.ANONYMOUS, Set.of(), 0));
    }

    private boolean replace(String session, Held next) {
        Held before =
                next.uris.isEmpty() ? bySession.remove(session) : bySession.put(session, next);
        boolean changed = false;
        for (String uri : next.uris) {
            if (before == null || !before.uris.contains(uri)) {
                changed |= sessionsByUri.merge(uri, 1, Integer::sum) == 1;
            }
        }
        for (String uri : before == null ? Set.<String>of() : before.uris) {
            if (!next.uris.contains(uri)) {
                changed |=
                        sessionsByUri.computeIfPresent(uri, (_, n) -> n == 1 ? null : n - 1)
                                == null;
            }
        }
        return changed;
    }

    private void requireRoom(String session, Held next) {
        requireRoom(session, next, null, MAX_URIS, MAX_CHARACTERS);
        if (!next.caller.isAnonymous()) {
            requireRoom(
                    session,
                    next,
                    next.caller.name(),
                    MAX_URIS_PER_PRINCIPAL,
                    MAX_CHARACTERS_PER_PRINCIPAL);
        }
    }

    /**
     * @param principal null for all
     */
    private void requireRoom(
            String session, Held next, @Nullable String principal, int maxUris, int maxCharacters) {
        int uris = next.uris.size();
        long characters = next.characters;
        for (Map.Entry<String, Held> each : bySession.entrySet()) {
            Held held = each.getValue();
            if (!each.getKey().equals(session)
                    && (principal == null || held.caller.name().equals(principal))) {
                uris += held.uris.size();
                characters += held.characters;
            }
        }
        if (uris > maxUris || characters > maxCharacters) {
            throw ErrorCode.INTERNAL_ERROR.exception(
                    "Too many subscriptions at upstream '%s': at most %d, and %d characters of URIs, %s"
                            .formatted(
                                    upstream,
                                    maxUris,
                                    maxCharacters,
                                    principal == null
                                            ? "for all clients together"
                                            : "for one principal"));
        }
    }

    /** Of all sessions. */
    synchronized Set<String> all() {
        return Set.copyOf(sessionsByUri.keySet());
    }

    synchronized Set<String> of(String session) {
        Held held = bySession.get(session);
        return held == null ? Set.of() : held.uris;
    }
}
