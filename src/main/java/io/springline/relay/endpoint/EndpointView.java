package io.springline.relay.endpoint;

import io.springline.auth.access.AccessRules.Kind;
import io.springline.curation.CuratedEndpoint;
import io.springline.curation.FeatureRules;
import io.springline.feature.endpoint.Features;
import io.springline.relay.client.CatalogueList;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The state of an endpoint for operators.
 *
 * @param curated whether rules choose what it offers
 * @param upstreams its sources; empty for all
 * @param roles of which a client needs one; empty if all clients may connect
 * @param features everything that its sources have, offered or not
 * @param warnings rules that match nothing or too much, and names that are taken
 */
public record EndpointView(
        String name,
        boolean curated,
        List<String> upstreams,
        Set<String> roles,
        List<Feature> features,
        List<String> warnings) {

    /**
     * Returns the state of an endpoint without rules.
     *
     * @param upstreams its sources; empty for all
     * @param relayed the features of upstreams
     */
    static EndpointView plain(
            String name, List<String> upstreams, Features features, List<Feature> relayed) {
        var all = new ArrayList<Feature>();
        for (CatalogueList list : CatalogueList.values()) {
            LocalFeatures.entries(features, list)
                    .forEach(each ->
                            all.add(
                                    new Feature(
                                            kind(list),
                                            each.source(),
                                            each.name(),
                                            each.name(),
                                            null)));
        }
        all.addAll(relayed);
        return new EndpointView(name, false, upstreams, Set.of(), all, List.of());
    }

    /**
     * Returns the state of an endpoint with rules.
     *
     * @param features everything that its sources have, offered or not
     */
    static EndpointView curated(
            CuratedEndpoint rules, List<Feature> features, List<String> warnings) {
        return new EndpointView(
                rules.name(),
                true,
                rules.sources().stream().sorted().toList(),
                rules.roles(),
                features,
                warnings);
    }

    /** Returns the state of an endpoint that offers nothing of an upstream. */
    public static EndpointView local(String name, Features features) {
        return plain(name, List.of(FeatureRules.LOCAL), features, List.of());
    }

    static Kind kind(CatalogueList list) {
        return switch (list) {
            case TOOLS -> Kind.TOOL;
            case PROMPTS -> Kind.PROMPT;
            case RESOURCES, TEMPLATES -> Kind.RESOURCE;
        };
    }

    /**
     * One feature of a source.
     *
     * @param source its upstream, or {@code local}
     * @param name its name at the source
     * @param shownAs its name at the endpoint; null if the endpoint does not offer it
     * @param hiddenBy the rule that hides it; null if none does
     */
    public record Feature(
            Kind kind,
            String source,
            String name,
            @Nullable String shownAs,
            @Nullable String hiddenBy) {}
}
