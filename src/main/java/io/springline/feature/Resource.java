package io.springline.feature;

import io.springline.jsonrpc.SharedObject;
import java.util.Objects;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A resource that clients can list and read.
 *
 * @param definition the entry in {@code resources/list}, in the shape of the newest revision; never
 *     modified
 * @param relayed true if the resource belongs to an upstream
 */
public record Resource(ObjectNode definition, ResourceHandler handler, boolean relayed) {

    public Resource(ObjectNode definition, ResourceHandler handler) {
        this(definition, handler, false);
    }

    public Resource {
        Objects.requireNonNull(handler, "handler");
        definition = SharedObject.of(definition);
        if (definition.path("uri").asString("").isEmpty()
                || definition.path("name").asString("").isEmpty()) {
            throw new IllegalArgumentException("a resource needs a uri and a name");
        }
    }

    /** Returns a resource of an upstream. */
    public static Resource relayed(ObjectNode definition, ResourceHandler handler) {
        return new Resource(definition, handler, true);
    }

    public String uri() {
        return definition.path("uri").stringValue();
    }

    public static Resource of(
            String uri, String name, String description, String mimeType, ResourceHandler handler) {
        ObjectNode definition =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("uri", uri)
                        .put("name", name)
                        .put("description", description)
                        .put("mimeType", mimeType);
        return new Resource(definition, handler);
    }

    @Override
    public String toString() {
        return "Resource[%s]".formatted(uri());
    }
}
