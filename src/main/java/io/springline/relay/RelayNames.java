package io.springline.relay;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What relayed features are called beside each other and the local ones. A name that only one has
 * stays as it is. Where an upstream is configured so, or where a name is used by two, the
 * upstream's gets the upstream's name in front: {@code search} of {@code docs} becomes {@code
 * docs_search}; a local feature keeps its name. What is taken even then is left out, and said so.
 * The outcome depends on who offers what, never on who was first.
 */
final class RelayNames {

    /** A feature of an upstream under the name that clients know. */
    record Named<T>(String name, Upstream upstream, String upstreamName, T feature) {

        /** Returns the names under which access rules name it, whatever it is called here. */
        List<String> aliases() {
            return List.of(upstreamName, withPrefix(upstream, upstreamName));
        }
    }

    /**
     * @param leftOut what could not be named
     */
    record Naming<T>(List<Named<T>> named, List<Offered<T>> leftOut) {}

    /** A feature by the upstream's own name for it. */
    record Offered<T>(Upstream upstream, String name, T feature) {}

    private RelayNames() {}

    static String withPrefix(Upstream upstream, String name) {
        return upstream.name() + "_" + name;
    }

    /**
     * @param offers in the order of the upstreams
     */
    static <T> Naming<T> of(Set<String> local, List<Offered<T>> offers) {
        Map<String, Integer> offerers = new HashMap<>();
        offers.forEach(offer -> offerers.merge(offer.name(), 1, Integer::sum));
        var taken = new HashSet<>(local);
        var named = new ArrayList<Named<T>>();
        var leftOut = new ArrayList<Offered<T>>();
        for (Offered<T> offer : offers) {
            boolean collides =
                    local.contains(offer.name()) || offerers.getOrDefault(offer.name(), 0) > 1;
            String name =
                    collides || offer.upstream().spec().prefix()
                            ? withPrefix(offer.upstream(), offer.name())
                            : offer.name();
            if (taken.add(name)) {
                named.add(new Named<>(name, offer.upstream(), offer.name(), offer.feature()));
            } else {
                leftOut.add(offer);
            }
        }
        return new Naming<>(named, leftOut);
    }
}
