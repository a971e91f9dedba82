package io.springline.relay.endpoint;

import io.springline.feature.Completion;
import io.springline.feature.Completion.Reference;
import io.springline.feature.endpoint.Completions;
import io.springline.relay.call.RelayedCalls;
import io.springline.relay.endpoint.RelayNames.Named;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Registers the completions of relayed prompts and templates at one endpoint, beside others. Not
 * thread-safe.
 */
final class RelayedCompletions {

    private static final Logger log = LoggerFactory.getLogger(RelayedCompletions.class);

    private final Completions completions;
    private final EndpointUpstreams upstreams;
    private Set<Reference> registered = new HashSet<>();

    RelayedCompletions(Completions completions, EndpointUpstreams upstreams) {
        this.completions = completions;
        this.upstreams = upstreams;
    }

    /**
     * Replaces the earlier registrations.
     *
     * @param prompts the prompts that the endpoint offers of upstreams
     * @param templates the templates that it offers of upstreams. The first of equal ones counts
     * @param local completions that come before those of upstreams
     */
    void replace(
            Collection<Named<ObjectNode>> prompts,
            Collection<Named<ObjectNode>> templates,
            Collection<Completion> local) {
        var relayed = new LinkedHashMap<Reference, Completion>();
        for (Named<ObjectNode> each : prompts) {
            put(relayed, new Reference.ToPrompt(each.name()), each, "ref/prompt", "name");
        }
        for (Named<ObjectNode> each : templates) {
            put(relayed, new Reference.ToResource(each.name()), each, "ref/resource", "uri");
        }
        completions.remove(registered);
        registered = new HashSet<>();
        local.forEach(this::add);
        relayed.values().forEach(this::add);
    }

    private void put(
            Map<Reference, Completion> relayed,
            Reference reference,
            Named<ObjectNode> feature,
            String type,
            String key) {
        if (feature.upstream().catalogue().completes()) {
            ObjectNode ref =
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("type", type)
                            .put(key, feature.upstreamName());
            RelayedCalls calls = upstreams.calls(feature.upstream());
            relayed.putIfAbsent(
                    reference,
                    new Completion(reference, (context, _, _, _) -> calls.complete(context, ref)));
        }
    }

    private void add(Completion completion) {
        try {
            completions.add(List.of(completion));
            registered.add(completion.reference());
        } catch (IllegalArgumentException e) {
            log.debug("{} is completed by a local feature", completion.reference());
        }
    }
}
