package io.springline.feature;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * An ordered, keyed collection of features: in order of registration, the same for every client.
 * Readers see one consistent snapshot; writers replace it.
 */
final class Listing<T> {

    private record Snapshot<T>(
            Map<String, T> byKey, List<String> keys, List<ObjectNode> definitions) {}

    private final String kind;
    private final Function<T, String> key;
    private final Function<T, ObjectNode> definition;
    private final int pageSize;
    private volatile Snapshot<T> snapshot = new Snapshot<>(Map.of(), List.of(), List.of());

    /**
     * @param kind what one entry is called in messages, for example {@code Tool}
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

    Collection<T> all() {
        return snapshot.byKey.values();
    }

    Set<String> keys() {
        return snapshot.byKey.keySet();
    }

    /**
     * @param visible which keys are shown; null for all
     */
    Page page(@Nullable String cursor, @Nullable Predicate<String> visible) {
        Snapshot<T> now = snapshot;
        return visible == null
                ? Page.of(now.keys, now.definitions, cursor, pageSize)
                : Page.of(now.keys, now.definitions, cursor, pageSize, visible);
    }

    /**
     * Removes, then adds; tells whether anything changed.
     *
     * @throws IllegalArgumentException with nothing changed, when an added key is taken
     */
    synchronized boolean change(Collection<String> removed, Collection<T> added) {
        var next = new LinkedHashMap<>(snapshot.byKey);
        boolean changed = next.keySet().removeAll(removed);
        for (T each : added) {
            String name = key.apply(each);
            if (next.putIfAbsent(name, each) != null) {
                throw new IllegalArgumentException(
                        "%s '%s' is registered twice".formatted(kind, name));
            }
            changed = true;
        }
        var definitions = new ArrayList<ObjectNode>();
        next.values().forEach(each -> definitions.add(definition.apply(each)));
        snapshot = new Snapshot<>(next, List.copyOf(next.keySet()), List.copyOf(definitions));
        return changed;
    }
}
