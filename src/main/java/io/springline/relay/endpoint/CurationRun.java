package io.springline.relay.endpoint;

import io.springline.curation.CuratedEndpoint;
import io.springline.curation.FeatureRules;
import io.springline.curation.FeatureRules.Entry;
import io.springline.curation.FeatureRules.Kind;
import io.springline.curation.FeatureRules.Matches;
import io.springline.curation.FeatureRules.Outcome;
import io.springline.curation.FeatureRules.Shown;
import io.springline.feature.Completion;
import io.springline.feature.Completion.Reference;
import io.springline.feature.endpoint.Features;
import io.springline.relay.catalogue.UpstreamCatalogue;
import io.springline.relay.client.CatalogueList;
import io.springline.relay.endpoint.RelayNames.Named;
import io.springline.relay.endpoint.RelayNames.Offered;
import io.springline.relay.upstream.Upstream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One registration of all lists of a curated endpoint, with the rules that applied at its
 * beginning. For one thread.
 */
final class CurationRun {

    private static final Logger log = LoggerFactory.getLogger(CurationRun.class);

    private static final String REMOVED =
            "the configuration no longer has this endpoint. It offers nothing, and a restart removes its path";

    private final CuratedEndpoint rules;
    private final Features main;
    private final Supplier<Set<String>> known;
    private final Map<Kind, Matches> matches = new EnumMap<>(Kind.class);
    private final Map<CatalogueList, Map<String, Shown<Object>>> local =
            new EnumMap<>(CatalogueList.class);
    private final List<EndpointView.Feature> features = new ArrayList<>();
    private final List<String> taken = new ArrayList<>();
    private final Set<String> missing = new HashSet<>();

    /**
     * @param main the endpoint with the features of this service
     * @param known returns the names of all upstreams
     */
    CurationRun(CuratedEndpoint rules, Features main, Supplier<Set<String>> known) {
        this.rules = rules;
        this.main = main;
        this.known = known;
    }

    /** Returns the rules that this run applies. */
    CuratedEndpoint rules() {
        return rules;
    }

    /** Returns what upstreams offer of a list. Call before {@link #local}. */
    List<Offered<ObjectNode>> offers(CatalogueList list, Collection<Upstream> upstreams) {
        var entries = new ArrayList<Entry<Object>>();
        if (rules.offers(FeatureRules.LOCAL)) {
            entries.addAll(LocalFeatures.entries(main, list));
        }
        for (Upstream each : upstreams) {
            if (rules.offers(each.name())) {
                entries.addAll(entries(list, each, each.catalogue()));
                if (!each.hasLists()) {
                    missing.add(each.name());
                }
            }
        }
        Outcome<Object> outcome = rules(list).apply(entries, matches(list));
        outcome.hidden()
                .forEach(each ->
                        features.add(
                                new EndpointView.Feature(
                                        EndpointView.kind(list),
                                        each.source(),
                                        each.name(),
                                        null,
                                        each.rule())));
        var offers = new ArrayList<Offered<ObjectNode>>();
        var own = new LinkedHashMap<String, Shown<Object>>();
        outcome.shown().stream()
                .filter(each -> !each.renamed())
                .filter(each -> !(each.entry().origin() instanceof Upstream))
                .forEach(each -> own.put(each.name(), each));
        for (Shown<Object> each : outcome.shown()) {
            if (each.entry().origin() instanceof Upstream upstream) {
                offers.add(offered(upstream, each));
            } else if (own.putIfAbsent(each.name(), each) instanceof Shown<Object> other
                    && other != each) {
                taken.add(taken(each));
            }
        }
        local.put(list, own);
        own.values().forEach(each -> shown(list, each.entry(), each.name()));
        return offers;
    }

    private static Offered<ObjectNode> offered(Upstream upstream, Shown<?> shown) {
        return new Offered<>(upstream, shown.name(), shown.entry().name(), shown.definition());
    }

    private static String taken(Shown<?> shown) {
        return "the new name '%s' of %s/%s is taken, so it is left out"
                .formatted(shown.name(), shown.entry().source(), shown.entry().name());
    }

    private static List<Entry<Object>> entries(
            CatalogueList list, Upstream upstream, UpstreamCatalogue catalogue) {
        return catalogue.entries(list).stream()
                .map(each ->
                        new Entry<Object>(
                                upstream,
                                upstream.name(),
                                each.path(list.key()).stringValue(),
                                each))
                .toList();
    }

    /** Returns the features of this service in a list, by their names at the endpoint. */
    Map<String, Shown<Object>> local(CatalogueList list) {
        return local.getOrDefault(list, Map.of());
    }

    /** Returns what an upstream offers to a session whose list differs. */
    List<Offered<ObjectNode>> ofSession(
            CatalogueList list, Upstream upstream, UpstreamCatalogue catalogue) {
        if (!rules.offers(upstream.name())) {
            return List.of();
        }
        return rules(list).apply(entries(list, upstream, catalogue), new Matches()).shown().stream()
                .map(each -> offered(upstream, each))
                .toList();
    }

    /** Records the names that features of upstreams got. */
    void named(CatalogueList list, Collection<Named<ObjectNode>> names) {
        names.forEach(each ->
                features.add(
                        new EndpointView.Feature(
                                EndpointView.kind(list),
                                each.upstream().name(),
                                each.upstreamName(),
                                each.name(),
                                null)));
    }

    private void shown(CatalogueList list, Entry<?> entry, String name) {
        features.add(
                new EndpointView.Feature(
                        EndpointView.kind(list), entry.source(), entry.name(), name, null));
    }

    /** Returns the completions of local prompts and templates. */
    List<Completion> completions() {
        var completions = new ArrayList<Completion>();
        local(CatalogueList.PROMPTS)
                .forEach((name, shown) ->
                        add(
                                completions,
                                new Reference.ToPrompt(shown.entry().name()),
                                new Reference.ToPrompt(name)));
        for (CatalogueList list : List.of(CatalogueList.RESOURCES, CatalogueList.TEMPLATES)) {
            for (String uri : local(list).keySet()) {
                add(completions, new Reference.ToResource(uri), new Reference.ToResource(uri));
            }
        }
        return completions;
    }

    private void add(List<Completion> completions, Reference old, Reference shown) {
        Completion.Handler handler = main.completions().find(old);
        if (handler != null) {
            completions.add(new Completion(shown, handler));
        }
    }

    /**
     * Returns the faults of rules for the features of this service, before upstreams are known:
     * names that are taken, and rules that match nothing or too much if there is no other source.
     */
    List<String> faultsOfLocal() {
        var faults =
                new ArrayList<>(
                        taken.stream()
                                .map("springline.endpoints.%s: ".formatted(rules.name())::concat)
                                .toList());
        if (rules.sources().equals(Set.of(FeatureRules.LOCAL))) {
            faults.addAll(ruleFaults());
        }
        return faults;
    }

    /**
     * Returns what the run has found; logs each new warning.
     *
     * @param before what the run before has found
     */
    EndpointView end(EndpointView before) {
        if (rules.isRemoved()) {
            return EndpointView.curated(rules, List.of(), List.of(REMOVED));
        }
        var warnings = new ArrayList<>(taken);
        rules.sources().stream()
                .filter(each -> !each.equals(FeatureRules.LOCAL) && !known.get().contains(each))
                .forEach(missing::add);
        warnings.addAll(ruleFaults());
        var shown = new ArrayList<>(warnings);
        missing.stream()
                .sorted()
                .map("upstream '%s' has not connected yet"::formatted)
                .forEach(shown::add);
        warnings.stream()
                .filter(each -> !before.warnings().contains(each))
                .forEach(each -> log.warn("Endpoint '{}': {}", rules.name(), each));
        return EndpointView.curated(rules, List.copyOf(features), List.copyOf(shown));
    }

    /** Rules that match nothing are faults only once the lists of all sources are known. */
    private List<String> ruleFaults() {
        var faults = new ArrayList<String>();
        for (Kind kind : Kind.values()) {
            FeatureRules checked = rules(kind);
            Matches found = matches.getOrDefault(kind, new Matches());
            faults.addAll(checked.ambiguous(found));
            if (missing.isEmpty()) {
                faults.addAll(checked.unused(found));
            }
        }
        return faults;
    }

    private Matches matches(CatalogueList list) {
        return matches.computeIfAbsent(ruleKind(list), _ -> new Matches());
    }

    private FeatureRules rules(CatalogueList list) {
        return rules(ruleKind(list));
    }

    private FeatureRules rules(Kind kind) {
        return switch (kind) {
            case TOOLS -> rules.tools();
            case PROMPTS -> rules.prompts();
            case RESOURCES -> rules.resources();
        };
    }

    private static Kind ruleKind(CatalogueList list) {
        return switch (list) {
            case TOOLS -> Kind.TOOLS;
            case PROMPTS -> Kind.PROMPTS;
            case RESOURCES, TEMPLATES -> Kind.RESOURCES;
        };
    }
}
