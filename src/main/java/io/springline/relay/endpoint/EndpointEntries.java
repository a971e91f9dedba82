package io.springline.relay.endpoint;

import io.springline.relay.catalogue.UpstreamCatalogue;
import io.springline.relay.client.CatalogueList;
import io.springline.relay.endpoint.RelayNames.Named;
import io.springline.relay.endpoint.RelayNames.Naming;
import io.springline.relay.endpoint.RelayNames.Offered;
import io.springline.relay.upstream.Upstream;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/** The entries of upstreams' lists, and their names or URIs at one endpoint. */
record EndpointEntries(EndpointUpstreams upstreams) {

    /** Returns the name or URI of an entry that keeps its name. */
    String key(CatalogueList list, Offered<ObjectNode> offer) {
        return list.isNamed()
                ? offer.name()
                : upstreams.uris(offer.upstream()).outward(offer.name());
    }

    /** Returns the entry under the name or URI of {@link #key}. */
    Named<ObjectNode> keyed(CatalogueList list, Offered<ObjectNode> offer) {
        return new Named<>(key(list, offer), offer.upstream(), offer.name(), offer.feature());
    }

    /** If two upstreams offer the same URI, the first one's entry is listed. */
    List<Named<ObjectNode>> named(
            CatalogueList list,
            List<Offered<ObjectNode>> offers,
            Set<String> local,
            LeftOutEntries leftOut) {
        if (!list.isNamed()) {
            var seen = new HashSet<>(local);
            return offers.stream()
                    .filter(each -> seen.add(key(list, each)))
                    .map(each -> keyed(list, each))
                    .toList();
        }
        Naming<ObjectNode> naming = RelayNames.of(local, offers);
        for (Offered<ObjectNode> each : naming.leftOut()) {
            leftOut.add(
                    each.upstream(),
                    list,
                    each.name(),
                    "its name is taken even with the upstream's name in front");
        }
        return naming.named();
    }

    /** Returns the entries of a list of all upstreams, without regard to rules. */
    List<Offered<ObjectNode>> of(CatalogueList list) {
        return upstreams.all().stream()
                .flatMap(each -> of(list, each, each.catalogue()).stream())
                .toList();
    }

    /** Returns the entries of a list of one upstream. */
    static List<Offered<ObjectNode>> of(
            CatalogueList list, Upstream upstream, UpstreamCatalogue catalogue) {
        return catalogue.entries(list).stream()
                .map(entry -> new Offered<>(upstream, entry.path(list.key()).stringValue(), entry))
                .toList();
    }
}
