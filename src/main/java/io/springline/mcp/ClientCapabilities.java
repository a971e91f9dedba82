package io.springline.mcp;

import java.util.Objects;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a client can do: declared once in {@code initialize}, or in each modern request.
 *
 * @param json as sent, unknown members included; not to be changed
 */
public record ClientCapabilities(ObjectNode json) {

    public static final ClientCapabilities NONE =
            new ClientCapabilities(JsonNodeFactory.instance.objectNode());

    public ClientCapabilities {
        Objects.requireNonNull(json, "json");
    }

    public boolean roots() {
        return json.path("roots").isObject();
    }

    public boolean sampling() {
        return json.path("sampling").isObject();
    }

    /** Sampling with tools, from 2025-11-25 on. */
    public boolean samplingTools() {
        return json.path("sampling").path("tools").isObject();
    }

    /** A bare {@code elicitation: {}} means forms and nothing else. */
    public boolean elicitationForm() {
        var elicitation = json.path("elicitation");
        return elicitation.isObject() && (elicitation.path("form").isObject() || !elicitationUrl());
    }

    /** Asking the user to open a URL, from 2025-11-25 on. */
    public boolean elicitationUrl() {
        return json.path("elicitation").path("url").isObject();
    }
}
