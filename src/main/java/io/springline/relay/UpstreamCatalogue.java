package io.springline.relay;

import java.time.Duration;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** What an upstream offers, as it was last known; entries as the upstream sent them. */
record UpstreamCatalogue(
        List<ObjectNode> tools,
        List<ObjectNode> prompts,
        List<ObjectNode> resources,
        List<ObjectNode> templates,
        boolean completes) {

    static final UpstreamCatalogue EMPTY =
            new UpstreamCatalogue(List.of(), List.of(), List.of(), List.of(), false);

    UpstreamCatalogue {
        tools = List.copyOf(tools);
        prompts = List.copyOf(prompts);
        resources = List.copyOf(resources);
        templates = List.copyOf(templates);
    }

    UpstreamCatalogue withTools(List<ObjectNode> others) {
        return new UpstreamCatalogue(others, prompts, resources, templates, completes);
    }

    static UpstreamCatalogue read(UpstreamConnection from, Duration timeout)
            throws InterruptedException {
        return new UpstreamCatalogue(
                from.list("tools", "tools/list", "tools", timeout),
                from.list("prompts", "prompts/list", "prompts", timeout),
                from.list("resources", "resources/list", "resources", timeout),
                from.list("resources", "resources/templates/list", "resourceTemplates", timeout),
                from.can("completions"));
    }
}
