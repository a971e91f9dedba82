package io.springline.feature;

import io.springline.jsonrpc.SharedObject;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A prompt that clients can list and get.
 *
 * @param definition the entry in {@code prompts/list}, in the shape of the newest revision; never
 *     modified
 * @param relayed true if the prompt belongs to an upstream
 * @param aliases see {@link Tool}
 */
public record Prompt(
        ObjectNode definition, PromptHandler handler, boolean relayed, List<String> aliases) {

    public Prompt {
        Objects.requireNonNull(handler, "handler");
        aliases = List.copyOf(aliases);
        definition = SharedObject.of(definition);
        if (definition.path("name").asString("").isEmpty()) {
            throw new IllegalArgumentException("a prompt needs a name");
        }
    }

    public Prompt(ObjectNode definition, PromptHandler handler) {
        this(definition, handler, false, List.of());
    }

    /** Returns a prompt of an upstream. */
    public static Prompt relayed(
            ObjectNode definition, PromptHandler handler, List<String> aliases) {
        return new Prompt(definition, handler, true, aliases);
    }

    /** Returns this prompt as another endpoint offers it. Rules can match it by its name here. */
    public Prompt shownAs(ObjectNode definition) {
        return new Prompt(definition, handler, false, List.of(name()));
    }

    public String name() {
        return definition.path("name").stringValue();
    }

    public static Builder named(String name) {
        return new Builder(name);
    }

    public List<String> requiredArguments() {
        return definition
                .path("arguments")
                .valueStream()
                .filter(argument -> argument.path("required").asBoolean(false))
                .map(argument -> argument.path("name").asString(""))
                .toList();
    }

    @Override
    public String toString() {
        return "Prompt[%s]".formatted(name());
    }

    /** Builds a prompt. {@link #handler} returns it. */
    public static final class Builder {

        private final ObjectNode definition = JsonNodeFactory.instance.objectNode();

        private Builder(String name) {
            definition.put("name", name);
        }

        public Builder description(String description) {
            definition.put("description", description);
            return this;
        }

        public Builder argument(String name, String description, boolean required) {
            definition
                    .withArray("arguments")
                    .addObject()
                    .put("name", name)
                    .put("description", description)
                    .put("required", required);
            return this;
        }

        public Prompt handler(PromptHandler handler) {
            return new Prompt(definition, handler);
        }
    }
}
