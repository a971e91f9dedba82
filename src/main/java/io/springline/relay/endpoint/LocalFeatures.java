package io.springline.relay.endpoint;

import io.springline.curation.FeatureRules;
import io.springline.curation.FeatureRules.Entry;
import io.springline.curation.FeatureRules.Shown;
import io.springline.feature.Prompt;
import io.springline.feature.Resource;
import io.springline.feature.ResourceTemplate;
import io.springline.feature.Tool;
import io.springline.feature.endpoint.Features;
import io.springline.relay.client.CatalogueList;
import java.util.List;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The features of this service itself, as a source of curated endpoints. */
final class LocalFeatures {

    private LocalFeatures() {}

    /** Returns the entries of a list of the main endpoint that do not belong to an upstream. */
    static List<Entry<Object>> entries(Features main, CatalogueList list) {
        return switch (list) {
            case TOOLS ->
                    main.tools().all().stream()
                            .filter(each -> !each.relayed())
                            .map(each -> entry(each, each.name(), each.definition()))
                            .toList();
            case PROMPTS ->
                    main.prompts().all().stream()
                            .filter(each -> !each.relayed())
                            .map(each -> entry(each, each.name(), each.definition()))
                            .toList();
            case RESOURCES ->
                    main.resources().all().stream()
                            .filter(each -> !each.relayed())
                            .map(each -> entry(each, each.uri(), each.definition()))
                            .toList();
            case TEMPLATES ->
                    main.resources().templates().stream()
                            .filter(each -> !each.relayed())
                            .map(each -> entry(each, each.uriTemplate(), each.definition()))
                            .toList();
        };
    }

    private static Entry<Object> entry(Object feature, String name, ObjectNode definition) {
        return new Entry<>(feature, FeatureRules.LOCAL, name, definition);
    }

    static Tool tool(Shown<Object> shown) {
        return ((Tool) shown.entry().origin()).shownAs(named(shown));
    }

    static Prompt prompt(Shown<Object> shown) {
        return ((Prompt) shown.entry().origin()).shownAs(named(shown));
    }

    static Resource resource(Shown<Object> shown) {
        return new Resource(shown.definition(), ((Resource) shown.entry().origin()).handler());
    }

    /** Returns the template without the resources that a rule hides. */
    static ResourceTemplate template(Shown<Object> shown, Curation curation) {
        var template = (ResourceTemplate) shown.entry().origin();
        return new ResourceTemplate(
                shown.definition(),
                (context, uri, variables) ->
                        curation.offersLocal(uri)
                                ? template.handler().read(context, uri, variables)
                                : null);
    }

    private static ObjectNode named(Shown<Object> shown) {
        if (!shown.renamed()) {
            return shown.definition();
        }
        ObjectNode copy = JsonNodeFactory.instance.objectNode();
        copy.setAll(shown.definition());
        return copy.put("name", shown.name());
    }
}
