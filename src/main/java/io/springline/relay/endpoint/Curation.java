package io.springline.relay.endpoint;

import io.springline.curation.CuratedEndpoint;
import io.springline.curation.FeatureRules;
import io.springline.curation.FeatureRules.Entry;
import io.springline.feature.endpoint.Features;
import io.springline.feature.uri.CanonicalUri;
import io.springline.feature.uri.TemplateGlob;
import io.springline.relay.client.CatalogueList;
import io.springline.relay.upstream.Upstream;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/** Applies the rules of one curated endpoint to the lists of its sources. */
final class Curation {

    private final Features main;
    private final Supplier<Set<String>> known;
    private volatile CuratedEndpoint endpoint;
    private volatile EndpointView view;

    /**
     * @param main the endpoint with the features of this service
     * @param known returns the names of all upstreams
     */
    Curation(CuratedEndpoint endpoint, Features main, Supplier<Set<String>> known) {
        this.endpoint = endpoint;
        this.main = main;
        this.known = known;
        this.view = EndpointView.curated(endpoint, List.of(), List.of());
    }

    CuratedEndpoint endpoint() {
        return endpoint;
    }

    /** Replaces the rules. They apply to lists from the next run on. */
    void replace(CuratedEndpoint changed) {
        endpoint = changed;
    }

    EndpointView view() {
        return view;
    }

    /** Returns true if the endpoint offers this resource of the upstream, listed or not. */
    boolean offers(Upstream upstream, String uri) {
        CuratedEndpoint rules = endpoint;
        return rules.offers(upstream.name())
                && (rules.resources().showsAll()
                        || shows(
                                rules.resources(),
                                upstream.name(),
                                uri,
                                upstream.catalogue().entries(CatalogueList.RESOURCES),
                                upstream.catalogue().entries(CatalogueList.TEMPLATES)));
    }

    /** Returns true if the endpoint offers this resource of the service itself. */
    boolean offersLocal(String uri) {
        FeatureRules rules = endpoint.resources();
        return rules.showsAll()
                || shows(
                        rules,
                        FeatureRules.LOCAL,
                        uri,
                        definitions(main, CatalogueList.RESOURCES),
                        definitions(main, CatalogueList.TEMPLATES));
    }

    /**
     * Returns true if the rules show the URI as it is written; and, unless the server lists it so,
     * also its canonical spelling, because the server may read both as the same.
     */
    private static boolean shows(
            FeatureRules rules,
            String source,
            String uri,
            List<ObjectNode> resources,
            List<ObjectNode> templates) {
        boolean listed =
                resources.stream().anyMatch(each -> each.path("uri").asString("").equals(uri));
        return Stream.of(uri, listed ? uri : CanonicalUri.of(uri))
                .distinct()
                .allMatch(each -> rules.shows(source, names(each, resources, templates)));
    }

    private static List<ObjectNode> definitions(Features main, CatalogueList list) {
        return LocalFeatures.entries(main, list).stream().map(Entry::definition).toList();
    }

    /** Returns the URI, and the names of the resource and of templates that may expand to it. */
    private static Set<String> names(
            String uri, List<ObjectNode> resources, List<ObjectNode> templates) {
        var names = new HashSet<String>();
        names.add(uri);
        for (ObjectNode each : resources) {
            if (each.path("uri").asString("").equals(uri)) {
                names.add(each.path("name").asString(uri));
            }
        }
        for (ObjectNode each : templates) {
            String template = each.path("uriTemplate").asString("");
            if (template.equals(uri) || new TemplateGlob(template).matches(uri)) {
                names.add(template);
                names.add(each.path("name").asString(template));
            }
        }
        return names;
    }

    /** Begins to register all lists, with the rules that apply now. */
    CurationRun run() {
        return new CurationRun(endpoint, main, known);
    }

    /** Publishes what a run has found; logs each new warning. */
    void publish(CurationRun run) {
        view = run.end(view);
    }

    /**
     * Returns the faults of rules for the features of this service, before upstreams are known:
     * names that are taken, and rules that match nothing or too much if there is no other source.
     */
    List<String> faultsOfLocal() {
        CurationRun run = run();
        for (CatalogueList list : CatalogueList.values()) {
            run.offers(list, List.of());
        }
        return run.faultsOfLocal();
    }
}
