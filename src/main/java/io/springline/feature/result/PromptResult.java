package io.springline.feature.result;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A rendered prompt ({@code GetPromptResult}).
 *
 * @param json has at least {@code messages}; must not be modified by others afterwards
 */
public record PromptResult(ObjectNode json) implements PromptOutcome {

    public PromptResult {
        Objects.requireNonNull(json, "json");
        if (!json.path("messages").isArray()) {
            throw new IllegalArgumentException("a prompt result needs a messages array");
        }
    }

    public static PromptResult described(@Nullable String description) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        if (description != null) {
            json.put("description", description);
        }
        json.putArray("messages");
        return new PromptResult(json);
    }

    /** Appends a message of the user. See {@link Content}. */
    public PromptResult user(ObjectNode block) {
        return message("user", block);
    }

    /** Appends a message of the assistant. See {@link Content}. */
    public PromptResult assistant(ObjectNode block) {
        return message("assistant", block);
    }

    private PromptResult message(String role, ObjectNode block) {
        json.withArray("messages").addObject().put("role", role).set("content", block);
        return this;
    }
}
