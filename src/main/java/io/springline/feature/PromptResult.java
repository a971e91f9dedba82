package io.springline.feature;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A prompt filled in: a {@code GetPromptResult}.
 *
 * @param json with at least {@code messages}; owned by the result
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

    /** Appends a message of the user; see {@link Content}. */
    public PromptResult user(ObjectNode block) {
        return message("user", block);
    }

    /** Appends a message of the assistant; see {@link Content}. */
    public PromptResult assistant(ObjectNode block) {
        return message("assistant", block);
    }

    private PromptResult message(String role, ObjectNode block) {
        json.withArray("messages").addObject().put("role", role).set("content", block);
        return this;
    }
}
