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
import io.springline.feature.uri.TemplateGlob;
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

/** Applies the rules of one curated endpoint to the lists of its sources. */
final class Curation {

    private static final Logger log = LoggerFactory.getLogger(Curation.class);

    private static final String REMOVED =
            "the configuration no longer has this endpoint. It offers nothing, and a restart removes its path";

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
        this.view = view(endpoint, List.of(), List.of());
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
                        || rules.resources()
                                .shows(
                                        upstream.name(),
                                        names(
                                                uri,
                                                upstream.catalogue()
                                                        .entries(CatalogueList.RESOURCES),
                                                upstream.catalogue()
                                                        .entries(CatalogueList.TEMPLATES))));
    }

    /** Returns true if the endpoint offers this resource of the service itself. */
    boolean offersLocal(String uri) {
        FeatureRules rules = endpoint.resources();
        return rules.showsAll()
                || rules.shows(
                        FeatureRules.LOCAL,
                        names(
                                uri,
                                definitions(main, CatalogueList.RESOURCES),
                                definitions(main, CatalogueList.TEMPLATES)));
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

    private static EndpointView view(
            CuratedEndpoint endpoint, List<EndpointView.Feature> features, List<String> warnings) {
        return new EndpointView(
                endpoint.name(),
                true,
                endpoint.sources().stream().sorted().toList(),
                endpoint.roles(),
                features,
                warnings);
    }

    Run run() {
        return new Run(endpoint);
    }

    /**
     * Returns the faults of rules for the features of this service, before upstreams are known:
     * names that are taken, and rules that match nothing or too much if there is no other source.
     */
    List<String> faultsOfLocal() {
        Run run = run();
        for (CatalogueList list : CatalogueList.values()) {
            run.offers(list, List.of());
        }
        var faults =
                new ArrayList<>(
                        run.taken.stream()
                                .map(
                                        "springline.endpoints.%s: ".formatted(run.rules.name())
                                                ::concat)
                                .toList());
        if (run.rules.sources().equals(Set.of(FeatureRules.LOCAL))) {
            faults.addAll(run.ruleFaults(true));
        }
        return faults;
    }

    /** One registration of all lists, with the rules that applied at its beginning. */
    final class Run {

        private final CuratedEndpoint rules;
        private final Map<Kind, Matches> matches = new EnumMap<>(Kind.class);
        private final Map<CatalogueList, Map<String, Shown<Object>>> local =
                new EnumMap<>(CatalogueList.class);
        private final List<Shown<Object>> renamed = new ArrayList<>();
        private final List<EndpointView.Feature> features = new ArrayList<>();
        private final List<String> taken = new ArrayList<>();
        private final Set<String> missing = new HashSet<>();

        private Run(CuratedEndpoint rules) {
            this.rules = rules;
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
            return rules(list)
                    .apply(entries(list, upstream, catalogue), new Matches())
                    .shown()
                    .stream()
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

        /** Publishes what the run has found; logs each new warning. */
        void end() {
            if (rules.isRemoved()) {
                view = Curation.view(rules, List.of(), List.of(REMOVED));
                return;
            }
            var warnings = new ArrayList<>(taken);
            rules.sources().stream()
                    .filter(each -> !each.equals(FeatureRules.LOCAL) && !known.get().contains(each))
                    .forEach(missing::add);
            warnings.addAll(ruleFaults(missing.isEmpty()));
            List<String> before = view.warnings();
            var shown = new ArrayList<>(warnings);
            missing.stream()
                    .sorted()
                    .map("upstream '%s' has not connected yet"::formatted)
                    .forEach(shown::add);
            view = Curation.view(rules, List.copyOf(features), List.copyOf(shown));
            warnings.stream()
                    .filter(each -> !before.contains(each))
                    .forEach(each -> log.warn("Endpoint '{}': {}", rules.name(), each));
        }

        private List<String> ruleFaults(boolean complete) {
            var faults = new ArrayList<String>();
            for (Kind kind : Kind.values()) {
                FeatureRules checked = rules(kind);
                Matches found = matches.getOrDefault(kind, new Matches());
                faults.addAll(checked.ambiguous(found));
                if (complete) {
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
}
