package io.springline.relay;

import io.springline.feature.Completion;
import io.springline.feature.Features;
import io.springline.feature.Prompt;
import io.springline.feature.Resource;
import io.springline.feature.ResourceTemplate;
import io.springline.feature.Tool;
import io.springline.feature.ToolHandler;
import io.springline.relay.RelayNames.Named;
import io.springline.relay.RelayNames.Naming;
import io.springline.relay.RelayNames.Offered;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keeps the features of some upstreams registered at one endpoint, as the upstreams' lists change.
 * Entries are passed on as they are, but for the name.
 */
final class RelayedFeatures {

    private static final Logger log = LoggerFactory.getLogger(RelayedFeatures.class);

    private final Features features;
    private final Map<Upstream, RelayedCalls> upstreams = new LinkedHashMap<>();
    private Map<String, Named<ObjectNode>> tools = Map.of();
    private Map<String, Named<ObjectNode>> prompts = Map.of();
    private Map<String, ObjectNode> resources = Map.of();
    private Map<String, ObjectNode> templates = Map.of();
    private Set<Completion.Reference> completions = Set.of();

    /**
     * @param upstreams in the order of the configuration
     */
    RelayedFeatures(Features features, Collection<Upstream> upstreams) {
        this.features = features;
        upstreams.forEach(each -> this.upstreams.put(each, new RelayedCalls(each)));
        features.resources()
                .addFallback((context, uri, _) -> {
                    for (RelayedCalls calls : this.upstreams.values()) {
                        var outcome = calls.read(context, uri);
                        if (outcome != null) {
                            return outcome;
                        }
                    }
                    return null;
                });
        features.resources().onSubscribe(uri -> upstreams.forEach(each -> each.watch(uri)));
    }

    /** Registers what the upstreams offer now and takes away what they no longer do. */
    synchronized void refresh() {
        refreshTools();
        refreshPrompts();
        refreshResources();
        refreshTemplates();
        refreshCompletions();
    }

    void announceUpdate(String uri) {
        features.resources().announceUpdate(uri);
    }

    private void refreshTools() {
        Naming<ObjectNode> naming =
                naming(features.tools().names(), tools, UpstreamCatalogue::tools, "name");
        var next = new LinkedHashMap<String, Named<ObjectNode>>();
        var added = new ArrayList<Tool>();
        for (Named<ObjectNode> each : naming.named()) {
            next.put(each.name(), each);
            added.add(new Tool(renamed(each), handler(each), true, each.aliases()));
        }
        if (!next.equals(tools)) {
            features.tools().replace(tools.keySet(), added);
            tools = next;
        }
    }

    private ToolHandler handler(Named<ObjectNode> tool) {
        RelayedCalls calls = calls(tool.upstream());
        var hints = tool.feature().path("annotations");
        boolean repeatable =
                hints.path("readOnlyHint").asBoolean(false)
                        || hints.path("idempotentHint").asBoolean(false);
        return (context, arguments) ->
                calls.call(context, tool.upstreamName(), repeatable, arguments);
    }

    private void refreshPrompts() {
        Naming<ObjectNode> naming =
                naming(features.prompts().names(), prompts, UpstreamCatalogue::prompts, "name");
        var next = new LinkedHashMap<String, Named<ObjectNode>>();
        var added = new ArrayList<Prompt>();
        for (Named<ObjectNode> each : naming.named()) {
            next.put(each.name(), each);
            added.add(
                    new Prompt(
                            renamed(each),
                            (context, arguments) ->
                                    calls(each.upstream())
                                            .prompt(context, each.upstreamName(), arguments),
                            each.aliases()));
        }
        if (!next.equals(prompts)) {
            features.prompts().replace(prompts.keySet(), added);
            prompts = next;
        }
    }

    /** A URI is not ours to change: where two have it, the first is listed. */
    private void refreshResources() {
        var next = new LinkedHashMap<String, ObjectNode>();
        var added = new ArrayList<Resource>();
        Set<String> local = without(features.resources().uris(), resources.keySet());
        for (Offered<ObjectNode> each : offers(UpstreamCatalogue::resources, "uri")) {
            if (!local.contains(each.name())
                    && next.putIfAbsent(each.name(), each.feature()) == null) {
                RelayedCalls calls = calls(each.upstream());
                added.add(
                        new Resource(
                                each.feature(), (context, uri, _) -> calls.read(context, uri)));
            }
        }
        if (!next.equals(resources)) {
            features.resources().replace(resources.keySet(), added);
            resources = next;
        }
    }

    private void refreshTemplates() {
        var next = new LinkedHashMap<String, ObjectNode>();
        var added = new ArrayList<ResourceTemplate>();
        Set<String> local = without(features.resources().uriTemplates(), templates.keySet());
        for (Offered<ObjectNode> each : offers(UpstreamCatalogue::templates, "uriTemplate")) {
            if (!local.contains(each.name())
                    && next.putIfAbsent(each.name(), each.feature()) == null) {
                RelayedCalls calls = calls(each.upstream());
                added.add(
                        new ResourceTemplate(
                                each.feature(),
                                (context, uri, _) -> calls.read(context, uri),
                                true));
            }
        }
        if (!next.equals(templates)) {
            features.resources().replaceTemplates(templates.keySet(), added);
            templates = next;
        }
    }

    private void refreshCompletions() {
        var added = new LinkedHashMap<Completion.Reference, Completion>();
        for (Named<ObjectNode> each : prompts.values()) {
            if (each.upstream().catalogue().completes()) {
                ObjectNode ref = JsonNodeFactory.instance.objectNode().put("type", "ref/prompt");
                ref.put("name", each.upstreamName());
                add(added, new Completion.Reference.ToPrompt(each.name()), each.upstream(), ref);
            }
        }
        for (Offered<ObjectNode> each : offers(UpstreamCatalogue::templates, "uriTemplate")) {
            if (each.upstream().catalogue().completes() && templates.containsKey(each.name())) {
                ObjectNode ref = JsonNodeFactory.instance.objectNode().put("type", "ref/resource");
                ref.put("uri", each.name());
                add(added, new Completion.Reference.ToResource(each.name()), each.upstream(), ref);
            }
        }
        features.completions().remove(completions);
        features.completions().add(added.values());
        completions = Set.copyOf(added.keySet());
    }

    private void add(
            Map<Completion.Reference, Completion> added,
            Completion.Reference reference,
            Upstream upstream,
            ObjectNode ref) {
        RelayedCalls calls = calls(upstream);
        added.putIfAbsent(
                reference,
                new Completion(
                        reference,
                        (context, argument, value, resolved) ->
                                calls.complete(context, ref, argument, value, resolved)));
    }

    private RelayedCalls calls(Upstream upstream) {
        RelayedCalls calls = upstreams.get(upstream);
        if (calls == null) {
            throw new IllegalArgumentException("not of this endpoint: " + upstream.name());
        }
        return calls;
    }

    private Naming<ObjectNode> naming(
            Set<String> registered,
            Map<String, Named<ObjectNode>> ours,
            Function<UpstreamCatalogue, List<ObjectNode>> list,
            String key) {
        Naming<ObjectNode> naming =
                RelayNames.of(without(registered, ours.keySet()), offers(list, key));
        if (!naming.leftOut().isEmpty()) {
            log.atWarn()
                    .addKeyValue("names", naming.leftOut())
                    .log("left out: taken even with the upstream's name in front");
        }
        return naming;
    }

    private List<Offered<ObjectNode>> offers(
            Function<UpstreamCatalogue, List<ObjectNode>> list, String key) {
        var offers = new ArrayList<Offered<ObjectNode>>();
        for (Upstream upstream : upstreams.keySet()) {
            var seen = new HashSet<String>();
            for (ObjectNode entry : list.apply(upstream.catalogue())) {
                String name = entry.path(key).asString("");
                if (!name.isEmpty() && entry.path("name").isString() && seen.add(name)) {
                    offers.add(new Offered<>(upstream, name, entry));
                }
            }
        }
        return offers;
    }

    private static Set<String> without(Set<String> all, Set<String> ours) {
        var rest = new HashSet<>(all);
        rest.removeAll(ours);
        return rest;
    }

    private static ObjectNode renamed(Named<ObjectNode> named) {
        if (named.name().equals(named.upstreamName())) {
            return named.feature();
        }
        ObjectNode copy = JsonNodeFactory.instance.objectNode();
        copy.setAll(named.feature());
        copy.put("name", named.name());
        return copy;
    }
}
