package io.springline.feature;

import io.springline.jsonrpc.SharedObject;
import java.util.Objects;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A set of resources whose URIs match a URI template.
 *
 * @param definition the entry in {@code resources/templates/list}, in the shape of the newest
 *     revision; never modified
 * @param relayed true if the template is only listed here, and URIs are matched by its upstream
 */
public record ResourceTemplate(ObjectNode definition, ResourceHandler handler, boolean relayed) {

    public ResourceTemplate(ObjectNode definition, ResourceHandler handler) {
        this(definition, handler, false);
    }

    public ResourceTemplate {
        Objects.requireNonNull(handler, "handler");
        definition = SharedObject.of(definition);
        if (definition.path("uriTemplate").asString("").isEmpty()
                || definition.path("name").asString("").isEmpty()) {
            throw new IllegalArgumentException(
                    "a resource template needs a uriTemplate and a name");
        }
    }

    /** Returns a template of an upstream, which matches URIs. */
    public static ResourceTemplate relayed(ObjectNode definition, ResourceHandler handler) {
        return new ResourceTemplate(definition, handler, true);
    }

    public String uriTemplate() {
        return definition.path("uriTemplate").stringValue();
    }

    public static ResourceTemplate of(
            String uriTemplate,
            String name,
            String description,
            String mimeType,
            ResourceHandler handler) {
        ObjectNode definition =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("uriTemplate", uriTemplate)
                        .put("name", name)
                        .put("description", description)
                        .put("mimeType", mimeType);
        return new ResourceTemplate(definition, handler);
    }

    @Override
    public String toString() {
        return "ResourceTemplate[%s]".formatted(uriTemplate());
    }
}
