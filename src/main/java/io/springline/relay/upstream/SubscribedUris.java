package io.springline.relay.upstream;

import io.springline.feature.endpoint.ResourceSubscriber;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.session.Caller;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The resources of one upstream to which client sessions are subscribed. The work of a change is
 * proportional to the URIs that change, not to those that are subscribed. Thread-safe.
 */
public final class SubscribedUris {

    /** The maximum number of subscriptions of all sessions. */
    static final int MAX_URIS = 8192;

    /** The maximum number of subscriptions of one authenticated principal. */
    static final int MAX_URIS_PER_PRINCIPAL = 2048;

    /** The maximum total length of all URIs, in characters. */
    static final int MAX_CHARACTERS = 4_000_000;

    /** The maximum total length of the URIs of one authenticated principal, in characters. */
    static final int MAX_CHARACTERS_PER_PRINCIPAL = 1_000_000;

    /** The subscriptions of one session. */
    private record Held(Caller caller, Set<String> uris) {}

    /** The number of subscriptions, and the total length of their URIs. */
    private record Usage(int uris, long characters) {

        static final Usage NONE = new Usage(0, 0);

        static Usage of(Collection<String> uris) {
            return new Usage(uris.size(), uris.stream().mapToLong(String::length).sum());
        }

        Usage plus(Usage other, int sign) {
            return new Usage(uris + sign * other.uris, characters + sign * other.characters);
        }
    }

    private final String upstream;
    private final Map<String, Held> bySession = new HashMap<>();
    private final Map<String, Usage> byPrincipal = new HashMap<>();
    private final Map<String, Integer> sessionsByUri = new HashMap<>();
    private Usage total = Usage.NONE;

    public SubscribedUris(String upstream) {
        this.upstream = upstream;
    }

    /**
     * Updates some subscriptions of a session to what they are now.
     *
     * @param uris the distinct URIs that may have changed
     * @return true if the union of all sessions changed
     * @throws JsonRpcException if there are more subscriptions than before and a limit is exceeded;
     *     nothing is changed
     */
    synchronized boolean change(ResourceSubscriber subscriber, Collection<String> uris) {
        String session = subscriber.sessionId();
        Held held = bySession.getOrDefault(session, new Held(subscriber.caller(), new HashSet<>()));
        // read under the lock, so that the last call sets the last state
        List<String> added =
                uris.stream()
                        .filter(uri -> !held.uris.contains(uri) && subscriber.isSubscribed(uri))
                        .toList();
        List<String> removed =
                uris.stream()
                        .filter(uri -> held.uris.contains(uri) && !subscriber.isSubscribed(uri))
                        .toList();
        Usage more = Usage.of(added).plus(Usage.of(removed), -1);
        if (added.size() > removed.size()) {
            requireRoom(held.caller, more);
        }
        count(held.caller, more, 1);
        boolean changed = add(added) | remove(removed);
        held.uris.addAll(added);
        removed.forEach(held.uris::remove);
        if (held.uris.isEmpty()) {
            bySession.remove(session);
        } else {
            bySession.put(session, held);
        }
        return changed;
    }

    /**
     * Removes the subscriptions of a session. Returns true if the union of all sessions changed.
     */
    synchronized boolean end(String session) {
        Held held = bySession.remove(session);
        if (held == null) {
            return false;
        }
        count(held.caller, Usage.of(held.uris), -1);
        return remove(held.uris);
    }

    private boolean add(Collection<String> uris) {
        boolean changed = false;
        for (String uri : uris) {
            changed |= sessionsByUri.merge(uri, 1, Integer::sum) == 1;
        }
        return changed;
    }

    private boolean remove(Collection<String> uris) {
        boolean changed = false;
        for (String uri : uris) {
            changed |= sessionsByUri.computeIfPresent(uri, (_, n) -> n == 1 ? null : n - 1) == null;
        }
        return changed;
    }

    private void count(Caller caller, Usage change, int sign) {
        total = total.plus(change, sign);
        Usage own = usage(caller).plus(change, sign);
        if (own.equals(Usage.NONE)) {
            byPrincipal.remove(caller.name());
        } else {
            byPrincipal.put(caller.name(), own);
        }
    }

    private Usage usage(Caller caller) {
        return byPrincipal.getOrDefault(caller.name(), Usage.NONE);
    }

    private void requireRoom(Caller caller, Usage more) {
        requireRoom(total.plus(more, 1), MAX_URIS, MAX_CHARACTERS, "for all clients together");
        if (!caller.isAnonymous()) {
            requireRoom(
                    usage(caller).plus(more, 1),
                    MAX_URIS_PER_PRINCIPAL,
                    MAX_CHARACTERS_PER_PRINCIPAL,
                    "for one principal");
        }
    }

    private void requireRoom(Usage all, int maxUris, int maxCharacters, String whose) {
        if (all.uris > maxUris || all.characters > maxCharacters) {
            throw ErrorCode.INTERNAL_ERROR.exception(
                    "Too many subscriptions at upstream '%s': at most %d, and %d characters of URIs, %s"
                            .formatted(upstream, maxUris, maxCharacters, whose));
        }
    }

    /** Returns the subscriptions of all sessions. */
    synchronized Set<String> all() {
        return Set.copyOf(sessionsByUri.keySet());
    }

    /** Returns the subscriptions of one session. */
    synchronized Set<String> of(String session) {
        Held held = bySession.get(session);
        return held == null ? Set.of() : Set.copyOf(held.uris);
    }
}
