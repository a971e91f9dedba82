package io.springline.feature.endpoint;

import io.springline.feature.Completion;
import io.springline.feature.Completion.Reference;
import io.springline.feature.Completion.Suggestions;
import io.springline.feature.RequestContext;
import io.springline.feature.schema.Params;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The completions of an endpoint's prompts and resource templates. Serves {@code
 * completion/complete}. Thread-safe.
 */
public final class Completions {

    private final Map<Reference, Completion.Handler> handlers = new ConcurrentHashMap<>();
    private final Prompts prompts;
    private final Resources resources;

    public Completions(Prompts prompts, Resources resources) {
        this.prompts = prompts;
        this.resources = resources;
    }

    /**
     * @throws IllegalArgumentException if a reference has a completion already; those before it in
     *     the collection stay added
     */
    public void add(Collection<Completion> added) {
        for (Completion completion : added) {
            if (handlers.putIfAbsent(completion.reference(), completion.handler()) != null) {
                throw new IllegalArgumentException(
                        "%s has two completions".formatted(completion.reference()));
            }
        }
    }

    /** Returns the completion of a prompt or template, or null if it has none. */
    public Completion.@Nullable Handler find(Reference reference) {
        return handlers.get(reference);
    }

    public void remove(Collection<Reference> references) {
        references.forEach(handlers::remove);
    }

    /**
     * Returns the completion result. If the prompt or template has no completion, or its completion
     * does not know the argument, the result has no values.
     *
     * @throws io.springline.jsonrpc.JsonRpcException if the reference is unknown or params are
     *     invalid
     */
    public ObjectNode complete(RequestContext context, ObjectNode params) throws Exception {
        Reference reference = reference(Params.requiredObject(params, "ref"));
        ObjectNode argument = Params.requiredObject(params, "argument");
        String name = Params.string(argument, "name");
        String value = Params.string(argument, "value");
        var resolved = Params.strings(Params.object(params, "context"), "arguments");
        Completion.Handler handler = handlers.get(reference);
        return json(
                handler == null
                        ? Suggestions.NONE
                        : handler.complete(context, name, value, resolved));
    }

    private Reference reference(ObjectNode ref) {
        String type = Params.string(ref, "type");
        return switch (type) {
            case "ref/prompt" -> {
                String name = Params.string(ref, "name");
                if (prompts.find(name) == null) {
                    throw Params.invalid(
                            "ref.name", "is not the name of a prompt: " + Params.shown(name));
                }
                yield new Reference.ToPrompt(name);
            }
            case "ref/resource" -> {
                String uri = Params.string(ref, "uri");
                if (!resources.has(uri)) {
                    throw Params.invalid(
                            "ref.uri",
                            "is not the URI of a resource or template: " + Params.shown(uri));
                }
                yield new Reference.ToResource(uri);
            }
            default -> throw Params.invalid("ref.type", "must be ref/prompt or ref/resource");
        };
    }

    private static ObjectNode json(Suggestions suggestions) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ObjectNode completion = json.putObject("completion");
        var values = completion.putArray("values");
        suggestions.values().forEach(values::add);
        if (suggestions.total() != null) {
            completion.put("total", suggestions.total());
        }
        completion.put("hasMore", suggestions.hasMore());
        return json;
    }
}
