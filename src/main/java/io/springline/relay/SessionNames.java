package io.springline.relay;

import io.springline.relay.RelayNames.Named;
import io.springline.relay.client.CatalogueList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the entries of one list are called in one session, some of whose upstreams offer it others
 * than to all. What all know keeps its name; a new entry gets its own name, or the upstream's in
 * front of it if it is configured so or the name is in use. Used by one thread.
 */
final class SessionNames {

    private final CatalogueList list;
    private final Set<String> local;
    private final Map<String, Named<ObjectNode>> shared;
    private final Set<String> hidden = new HashSet<>();
    private final Map<String, Named<ObjectNode>> added = new LinkedHashMap<>();

    /**
     * @param local names that are taken by others than upstreams
     * @param shared what all sessions are offered, by the name that clients know
     */
    SessionNames(CatalogueList list, Set<String> local, Map<String, Named<ObjectNode>> shared) {
        this.list = list;
        this.local = local;
        this.shared = shared;
    }

    /** Takes these entries in the place of the upstream's. What finds no name is left out. */
    void replace(Upstream upstream, List<ObjectNode> entries) {
        var known = new HashMap<String, String>();
        var taken = new HashSet<>(local);
        taken.addAll(added.keySet());
        shared.forEach((name, named) -> {
            if (named.upstream() == upstream) {
                known.put(named.upstreamName(), name);
                hidden.add(name);
            } else if (!hidden.contains(name)) {
                taken.add(name);
            }
        });
        for (ObjectNode entry : entries) {
            String own = entry.path(list.key()).stringValue();
            String name = known.get(own);
            if (name == null) {
                name = newName(upstream, own, taken);
            }
            if (taken.add(name)) {
                added.put(name, new Named<>(name, upstream, own, entry));
            }
        }
    }

    private String newName(Upstream upstream, String own, Set<String> taken) {
        boolean free = !taken.contains(own) && !upstream.spec().prefix();
        boolean unique =
                shared.values().stream()
                        .noneMatch(each ->
                                each.upstream() != upstream && each.upstreamName().equals(own));
        return !list.isNamed() || free && unique ? own : RelayNames.withPrefix(upstream, own);
    }

    /** Names of shared entries that the session does not see. */
    Set<String> hidden() {
        return hidden;
    }

    List<Named<ObjectNode>> added() {
        return List.copyOf(added.values());
    }
}
