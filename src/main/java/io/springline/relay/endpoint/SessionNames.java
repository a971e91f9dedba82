package io.springline.relay.endpoint;

import io.springline.relay.catalogue.RelayedUris;
import io.springline.relay.client.CatalogueList;
import io.springline.relay.endpoint.RelayNames.Named;
import io.springline.relay.endpoint.RelayNames.Offered;
import io.springline.relay.upstream.Upstream;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * Names of the entries of one list in one session, for upstreams whose list in that session differs
 * from the shared one.
 *
 * <p>Entries of the shared list keep their names. A new entry gets its own name, or a prefixed one
 * if {@code prefix} is set or the name is in use. Not thread-safe.
 */
final class SessionNames {

    private final CatalogueList list;
    private final Set<String> local;
    private final Map<String, Named<ObjectNode>> shared;
    private final Set<String> hidden = new HashSet<>();
    private final Map<String, Named<ObjectNode>> added = new LinkedHashMap<>();

    /**
     * Creates the names of one session.
     *
     * @param local names of local features
     * @param shared the entries that all sessions are offered, by the name at the endpoint
     */
    SessionNames(CatalogueList list, Set<String> local, Map<String, Named<ObjectNode>> shared) {
        this.list = list;
        this.local = local;
        this.shared = shared;
    }

    /** Replaces the entries of an upstream. Entries without a free name are left out. */
    void replace(Upstream upstream, RelayedUris uris, List<Offered<ObjectNode>> entries) {
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
        for (Offered<ObjectNode> entry : entries) {
            String name = known.get(entry.upstreamName());
            if (name == null) {
                name = list.isNamed() ? newName(entry, taken) : uris.outward(entry.name());
            }
            if (taken.add(name)) {
                added.put(name, new Named<>(name, upstream, entry.upstreamName(), entry.feature()));
            }
        }
    }

    private String newName(Offered<ObjectNode> entry, Set<String> taken) {
        Upstream upstream = entry.upstream();
        String own = entry.name();
        boolean free = !taken.contains(own) && !entry.wantsPrefix();
        boolean unique =
                shared.values().stream()
                        .noneMatch(each ->
                                each.upstream() != upstream && each.upstreamName().equals(own));
        return free && unique ? own : RelayNames.withPrefix(upstream, own);
    }

    /** Returns the names of shared entries that are hidden in the session. */
    Set<String> hidden() {
        return hidden;
    }

    List<Named<ObjectNode>> added() {
        return List.copyOf(added.values());
    }
}
