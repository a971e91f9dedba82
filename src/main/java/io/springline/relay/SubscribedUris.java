package io.springline.relay;

import io.springline.feature.endpoint.ResourceSubscriber;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.session.Caller;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The resources of one upstream to which client sessions are subscribed. Thread-safe. */
final class SubscribedUris {

    /** The maximum number of subscriptions of all sessions. */
    static final int MAX_URIS = 8192;

    /** The maximum number of subscriptions of one authenticated principal. */
    static final int MAX_URIS_PER_PRINCIPAL = 2048;

    /** The maximum total length of all URIs, in characters. */
    static final int MAX_CHARACTERS = 4_000_000;

    /** The maximum total length of the URIs of one authenticated principal, in characters. */
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
     * Sets the subscriptions of a session.
     *
     * @return true if the union of all sessions changed
     * @throws JsonRpcException if the session has more subscriptions than before and a limit is
     *     exceeded; nothing is changed
     */
    synchronized boolean change(ResourceSubscriber subscriber) {
        // read under the lock, so that the last call sets the last state
        Held next = Held.of(subscriber);
        Held before = bySession.get(subscriber.sessionId());
        if (before == null || next.uris.size() > before.uris.size()) {
            requireRoom(subscriber.sessionId(), next);
        }
        return replace(subscriber.sessionId(), next);
    }

    /**
     * Removes the subscriptions of a session. Returns true if the union of all sessions changed.
     */
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
     * Throws if a limit is exceeded.
     *
     * @param principal null for the limit of all sessions
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

    /** Returns the subscriptions of all sessions. */
    synchronized Set<String> all() {
        return Set.copyOf(sessionsByUri.keySet());
    }

    /** Returns the subscriptions of one session. */
    synchronized Set<String> of(String session) {
        Held held = bySession.get(session);
        return held == null ? Set.of() : held.uris;
    }
}
