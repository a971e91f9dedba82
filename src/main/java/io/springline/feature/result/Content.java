package io.springline.feature.result;

import java.util.Base64;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Creates the content blocks of results, in the shape of the newest revision. */
public final class Content {

    private Content() {}

    public static ObjectNode text(String text) {
        return block("text").put("text", text);
    }

    public static ObjectNode image(byte[] bytes, String mimeType) {
        return media("image", bytes, mimeType);
    }

    public static ObjectNode audio(byte[] bytes, String mimeType) {
        return media("audio", bytes, mimeType);
    }

    /** Returns a link to a resource, which the client may read later. */
    public static ObjectNode resourceLink(String uri, String name, @Nullable String mimeType) {
        ObjectNode link = block("resource_link").put("uri", uri).put("name", name);
        return mimeType == null ? link : link.put("mimeType", mimeType);
    }

    /** Returns a text resource with its content. */
    public static ObjectNode resource(String uri, String mimeType, String text) {
        ObjectNode block = block("resource");
        block.putObject("resource").put("uri", uri).put("mimeType", mimeType).put("text", text);
        return block;
    }

    private static ObjectNode media(String type, byte[] bytes, String mimeType) {
        return block(type)
                .put("data", Base64.getEncoder().encodeToString(bytes))
                .put("mimeType", mimeType);
    }

    private static ObjectNode block(String type) {
        return JsonNodeFactory.instance.objectNode().put("type", type);
    }
}
