package io.springline.relay.endpoint;

import io.springline.feature.Prompt;
import io.springline.feature.RequestContext;
import io.springline.feature.Resource;
import io.springline.feature.ResourceHandler;
import io.springline.feature.ResourceTemplate;
import io.springline.feature.Tool;
import io.springline.feature.ToolHandler;
import io.springline.feature.result.ToolOutcome;
import io.springline.relay.call.RelayedCalls;
import io.springline.relay.call.Repeat;
import io.springline.relay.client.CatalogueList;
import io.springline.relay.endpoint.RelayNames.Named;
import io.springline.relay.upstream.Upstream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Creates the tools, prompts, resources and templates of one endpoint from entries of upstreams'
 * lists. A feature has the name and the URIs of the endpoint, and its handler calls the upstream.
 */
record RelayedFeatureFactory(EndpointUpstreams upstreams, AppIsolation apps) {

    Tool tool(Named<ObjectNode> tool) {
        RelayedCalls calls = upstreams.calls(tool.upstream());
        ObjectNode definition = definition(CatalogueList.TOOLS, tool);
        JsonNode hints = definition.path("annotations");
        Repeat repeat =
                Repeat.allowedIf(
                        hints.path("readOnlyHint").asBoolean(false)
                                || hints.path("idempotentHint").asBoolean(false));
        boolean onlyAsTask =
                tool.feature()
                        .path("execution")
                        .path("taskSupport")
                        .asString("")
                        .equals("required");
        ToolHandler handler =
                new ToolHandler() {
                    @Override
                    public ToolOutcome call(RequestContext context, ObjectNode arguments)
                            throws InterruptedException {
                        apps.requireOwnApp(context, tool);
                        return calls.call(
                                context, tool.upstreamName(), repeat, onlyAsTask, arguments);
                    }

                    @Override
                    public @Nullable ToolOutcome prepare(RequestContext context)
                            throws InterruptedException {
                        return calls.prepare(context);
                    }

                    @Override
                    public boolean isNonBlocking(RequestContext context) {
                        return context.acceptsPending() && tool.upstream().isNonBlocking();
                    }
                };
        return Tool.relayed(
                onlyAsTask ? withoutExecution(definition) : definition,
                handler,
                tool.aliases(),
                tool.upstream().name());
    }

    /** Returns the tool without the requirement of a task, since the relay waits for the task. */
    private static ObjectNode withoutExecution(ObjectNode definition) {
        ObjectNode plain = definition.objectNode();
        plain.setAll(definition);
        plain.remove("execution");
        return plain;
    }

    Prompt prompt(Named<ObjectNode> prompt) {
        RelayedCalls calls = upstreams.calls(prompt.upstream());
        return Prompt.relayed(
                definition(CatalogueList.PROMPTS, prompt),
                (context, arguments) -> calls.prompt(context, prompt.upstreamName(), arguments),
                prompt.aliases());
    }

    Resource resource(Named<ObjectNode> resource) {
        return Resource.relayed(
                definition(CatalogueList.RESOURCES, resource), reader(resource.upstream()));
    }

    ResourceTemplate template(Named<ObjectNode> template) {
        return ResourceTemplate.relayed(
                definition(CatalogueList.TEMPLATES, template), reader(template.upstream()));
    }

    private ResourceHandler reader(Upstream upstream) {
        RelayedCalls calls = upstreams.calls(upstream);
        return (context, uri, _) ->
                apps.isForeignApp(context, upstream) ? null : calls.read(context, uri);
    }

    /** Returns the entry with the name and the URIs of this endpoint. */
    private ObjectNode definition(CatalogueList list, Named<ObjectNode> named) {
        ObjectNode entry = upstreams.uris(named.upstream()).entry(list, named.feature());
        if (!list.isNamed() || named.name().equals(named.upstreamName())) {
            return entry;
        }
        ObjectNode copy = JsonNodeFactory.instance.objectNode();
        copy.setAll(entry);
        copy.put("name", named.name());
        return copy;
    }
}
