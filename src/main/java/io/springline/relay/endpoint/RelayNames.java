package io.springline.relay.endpoint;

import io.springline.relay.upstream.Upstream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Names of relayed features at one endpoint.
 *
 * <p>A unique name is not changed. If {@code prefix} is set, or two features have the same name,
 * the relayed feature gets the upstream's name as a prefix: {@code search} of {@code docs} becomes
 * {@code docs_search}; so does a feature whose own name is the prefixed name of another upstream's.
 * Local features keep their names, and so do features that a rule renames: no upstream can take
 * such a name by a new feature. A feature whose prefixed name is also taken is left out. The result
 * does not depend on the order in which upstreams connect.
 */
final class RelayNames {

    /** A feature of an upstream with its name at this endpoint. */
    record Named<T>(String name, Upstream upstream, String upstreamName, T feature) {

        /** Returns the other names by which access rules can refer to the feature. */
        List<String> aliases() {
            return List.of(upstreamName, withPrefix(upstream, upstreamName));
        }
    }

    /**
     * The result of naming.
     *
     * @param leftOut features whose names are taken
     */
    record Naming<T>(List<Named<T>> named, List<Offered<T>> leftOut) {}

    /**
     * A feature that needs a name at the endpoint.
     *
     * @param name the wanted name
     * @param upstreamName the upstream's own name
     */
    record Offered<T>(Upstream upstream, String name, String upstreamName, T feature) {

        Offered(Upstream upstream, String name, T feature) {
            this(upstream, name, name, feature);
        }

        private boolean isRenamed() {
            return !name.equals(upstreamName);
        }

        /** Returns whether the name gets a prefix even if no other feature has it. */
        boolean wantsPrefix() {
            return upstream.spec().prefix() && !isRenamed();
        }
    }

    private RelayNames() {}

    static String withPrefix(Upstream upstream, String name) {
        return upstream.name() + "_" + name;
    }

    /**
     * Returns the names of the features.
     *
     * @param local names of local features
     * @param offers in the order of the upstreams
     */
    static <T> Naming<T> of(Set<String> local, List<Offered<T>> offers) {
        Map<String, Integer> offerers = new HashMap<>();
        offers.forEach(offer -> offerers.merge(offer.name(), 1, Integer::sum));
        Map<String, Integer> renamed = new HashMap<>();
        offers.stream()
                .filter(Offered::isRenamed)
                .forEach(offer -> renamed.merge(offer.name(), 1, Integer::sum));
        Predicate<Offered<T>> getsPrefix =
                offer ->
                        offer.wantsPrefix()
                                || local.contains(offer.name())
                                || offerers.getOrDefault(offer.name(), 0) > 1
                                        && !(offer.isRenamed()
                                                && renamed.getOrDefault(offer.name(), 0) == 1);
        var prefixed = new HashMap<String, Upstream>();
        offers.stream()
                .filter(getsPrefix)
                .forEach(each ->
                        prefixed.putIfAbsent(
                                withPrefix(each.upstream(), each.name()), each.upstream()));
        var taken = new HashSet<>(local);
        var named = new ArrayList<Named<T>>();
        var leftOut = new ArrayList<Offered<T>>();
        for (Offered<T> offer : offers) {
            Upstream other = prefixed.get(offer.name());
            boolean isAnothers = !offer.isRenamed() && other != null && other != offer.upstream();
            String name =
                    isAnothers || getsPrefix.test(offer)
                            ? withPrefix(offer.upstream(), offer.name())
                            : offer.name();
            if (taken.add(name)) {
                named.add(
                        new Named<>(name, offer.upstream(), offer.upstreamName(), offer.feature()));
            } else {
                leftOut.add(offer);
            }
        }
        return new Naming<>(named, leftOut);
    }
}
