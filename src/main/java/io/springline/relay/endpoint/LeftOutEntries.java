package io.springline.relay.endpoint;

import io.springline.relay.catalogue.CatalogueEntry;
import io.springline.relay.client.CatalogueList;
import io.springline.relay.upstream.Upstream;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** The entries that one endpoint does not offer, with reasons, by upstream. Not thread-safe. */
final class LeftOutEntries {

    private final Map<Upstream, Set<String>> reasons = new HashMap<>();

    void add(Upstream upstream, CatalogueList list, String name, String reason) {
        reasons.computeIfAbsent(upstream, _ -> new LinkedHashSet<>())
                .add(
                        "%s: '%s' is left out: %s"
                                .formatted(list.method(), CatalogueEntry.shown(name), reason));
    }

    Set<String> of(Upstream upstream) {
        return reasons.getOrDefault(upstream, Set.of());
    }
}
