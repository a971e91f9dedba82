package io.springline.feature.result;

import java.util.Base64;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The contents of a resource ({@code ReadResourceResult}).
 *
 * @param json has an array {@code contents}; must not be modified by others afterwards
 */
public record ResourceResult(ObjectNode json) implements ResourceOutcome {

    public ResourceResult {
        Objects.requireNonNull(json, "json");
        if (!json.path("contents").isArray()) {
            throw new IllegalArgumentException("a resource result needs contents");
        }
    }

    public static ResourceResult text(String uri, String mimeType, String text) {
        return of(contents(uri, mimeType).put("text", text));
    }

    public static ResourceResult blob(String uri, String mimeType, byte[] bytes) {
        return of(contents(uri, mimeType).put("blob", Base64.getEncoder().encodeToString(bytes)));
    }

    private static ObjectNode contents(String uri, String mimeType) {
        return JsonNodeFactory.instance.objectNode().put("uri", uri).put("mimeType", mimeType);
    }

    private static ResourceResult of(ObjectNode contents) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.putArray("contents").addAll(List.of(contents));
        return new ResourceResult(json);
    }
}
