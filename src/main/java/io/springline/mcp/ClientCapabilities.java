package io.springline.mcp;

import java.util.Objects;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The capabilities of a client, declared once in {@code initialize} (legacy) or in each request
 * (modern).
 *
 * @param json as received, with unknown members; must not be modified
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

    /** Returns true if the client supports sampling with tools, which exists since 2025-11-25. */
    public boolean samplingTools() {
        return json.path("sampling").path("tools").isObject();
    }

    /**
     * Returns true if the client can show forms. An empty {@code elicitation} object means forms
     * only.
     */
    public boolean elicitationForm() {
        var elicitation = json.path("elicitation");
        return elicitation.isObject() && (elicitation.path("form").isObject() || !elicitationUrl());
    }

    /** Returns true if the client can ask the user to open a URL, which exists since 2025-11-25. */
    public boolean elicitationUrl() {
        return json.path("elicitation").path("url").isObject();
    }

    /** Returns true if the client declares an extension of this id. */
    public boolean extension(String id) {
        return json.path("extensions").path(id).isObject();
    }
}
