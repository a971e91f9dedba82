package io.springline.feature.endpoint;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The features of one kind, in order of registration, with unique keys.
 *
 * <p>All clients see the same entries, except for sessions with an {@linkplain #offerToSessions
 * offer} of their own. Readers see one consistent snapshot and take no lock; each change replaces
 * the snapshot.
 */
final class Listing<T> {

    private record Snapshot<T>(
            Map<String, T> byKey, List<String> keys, List<ObjectNode> definitions) {}

    private record Offer<T>(Set<String> hidden, Map<String, T> added) {}

    private final String kind;
    private final Function<T, String> key;
    private final Function<T, ObjectNode> definition;
    private final int pageSize;
    private volatile Snapshot<T> snapshot = new Snapshot<>(Map.of(), List.of(), List.of());
    private volatile Map<String, Offer<T>> bySession = Map.of();
    private final Map<String, String> groups = new ConcurrentHashMap<>();

    /**
     * @param kind the name of the kind in messages, for example {@code Tool}
     */
    Listing(
            String kind,
            Function<T, String> key,
            Function<T, ObjectNode> definition,
            int pageSize) {
        this.kind = kind;
        this.key = key;
        this.definition = definition;
        this.pageSize = pageSize;
    }

    static List<String> names(String name, List<String> aliases) {
        return Stream.concat(Stream.of(name), aliases.stream()).distinct().toList();
    }

    @Nullable T find(String wanted) {
        return snapshot.byKey.get(wanted);
    }

    /** Returns the entry that this session sees under the key, or null. */
    @Nullable T find(String wanted, String session) {
        Offer<T> offer = offer(session);
        if (offer == null) {
            return find(wanted);
        }
        T own = offer.added.get(wanted);
        return own != null || offer.hidden.contains(wanted) ? own : find(wanted);
    }

    /** Returns what the session and its group see differently. */
    private @Nullable Offer<T> offer(String session) {
        Map<String, Offer<T>> offers = bySession;
        if (offers.isEmpty()) {
            return null;
        }
        Offer<T> own = offers.get(session);
        String group = groups.get(session);
        Offer<T> ofGroup = group == null ? null : offers.get(group);
        if (own == null || ofGroup == null) {
            return own == null ? ofGroup : own;
        }
        // A name that the group's sessions see already stays what it is.
        var hidden = new HashSet<>(own.hidden);
        hidden.addAll(ofGroup.hidden);
        var added = new LinkedHashMap<>(own.added);
        added.putAll(ofGroup.added);
        return new Offer<>(hidden, added);
    }

    /**
     * Adds a session to a group of sessions that an offer can be made to.
     *
     * @return false if it was in this group already
     */
    boolean join(String session, String group) {
        return !group.equals(groups.put(session, group));
    }

    /** Removes a session from its group. */
    void leave(String session) {
        groups.remove(session);
    }

    Collection<T> all() {
        return snapshot.byKey.values();
    }

    /** Returns the entries that this session sees. */
    Collection<T> all(String session) {
        Offer<T> offer = offer(session);
        return offer == null ? all() : merged(snapshot, offer).byKey.values();
    }

    Set<String> keys() {
        return snapshot.byKey.keySet();
    }

    /**
     * Returns one page of the entries that this session sees.
     *
     * @param cursor null for the first page
     * @param visible filter on the keys, or null for all
     */
    Page page(@Nullable String cursor, @Nullable Predicate<String> visible, String session) {
        Offer<T> offer = offer(session);
        Snapshot<T> now = offer == null ? snapshot : merged(snapshot, offer);
        return visible == null
                ? Page.of(now.keys, now.definitions, cursor, pageSize)
                : Page.of(now.keys, now.definitions, cursor, pageSize, visible);
    }

    /**
     * Removes and adds entries in one step. Ignores keys to remove that do not exist.
     *
     * @return true if the list that clients see has changed
     * @throws IllegalArgumentException if an added key exists; then nothing has changed
     */
    synchronized boolean change(Collection<String> removed, Collection<T> added) {
        var next = new LinkedHashMap<>(snapshot.byKey);
        next.keySet().removeAll(removed);
        for (T each : added) {
            String name = key.apply(each);
            if (next.putIfAbsent(name, each) != null) {
                throw new IllegalArgumentException(
                        "%s '%s' is registered already: give one of them another name"
                                .formatted(kind, name));
            }
        }
        Snapshot<T> before = snapshot;
        snapshot = snapshot(next);
        return !snapshot.definitions.equals(before.definitions);
    }

    private Snapshot<T> snapshot(Map<String, T> byKey) {
        var definitions = new ArrayList<ObjectNode>();
        byKey.values().forEach(each -> definitions.add(definition.apply(each)));
        return new Snapshot<>(byKey, List.copyOf(byKey.keySet()), List.copyOf(definitions));
    }

    private Snapshot<T> merged(Snapshot<T> base, Offer<T> offer) {
        var all = new LinkedHashMap<>(base.byKey);
        all.keySet().removeAll(offer.hidden);
        all.putAll(offer.added);
        return snapshot(all);
    }

    /**
     * Sets what some sessions see differently. Replaces all earlier offers.
     *
     * @param offers by the id of a session or the name of a group
     */
    void offerToSessions(Map<String, SessionOffer<T>> offers) {
        var next = new HashMap<String, Offer<T>>();
        offers.forEach((session, offer) -> {
            var added = new LinkedHashMap<String, T>();
            offer.added().forEach(each -> added.put(key.apply(each), each));
            next.put(session, new Offer<>(offer.hidden(), added));
        });
        bySession = Map.copyOf(next);
    }
}
