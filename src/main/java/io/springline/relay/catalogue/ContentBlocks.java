package io.springline.relay.catalogue;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Repair of content blocks and of the contents of resources, since strict clients reject a whole
 * result if one member has a wrong type. Valid objects and blocks of unknown types stay as they
 * are. Inputs are never changed.
 */
final class ContentBlocks {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** Sent for binary data if the upstream does not say what it is. */
    private static final String ANY_DATA = "application/octet-stream";

    private static final Map<String, Member> OPTIONAL =
            Map.of(
                    "title", Member.STRING,
                    "description", Member.STRING,
                    "mimeType", Member.STRING,
                    "size", Member.SIZE,
                    "icons", Member.ARRAY,
                    "annotations", Member.OBJECT,
                    "_meta", Member.OBJECT);
    private static final Map<String, Member> CONTENTS =
            Map.of("mimeType", Member.STRING, "_meta", Member.OBJECT);

    private ContentBlocks() {}

    /** Returns the block with correct members. A block that lacks a required one becomes text. */
    static ObjectNode of(ObjectNode block) {
        ObjectNode mended =
                switch (block.path("type").asString("")) {
                    case "text" -> withText(block);
                    case "image", "audio" -> isString(block, "data") ? withMimeType(block) : null;
                    case "resource" -> withResource(block);
                    case "resource_link" -> isString(block, "uri") ? withName(block) : null;
                    default -> block;
                };
        if (mended == null) {
            return text(block.toString());
        }
        return isKnown(block) ? withAnnotations(Member.keepOnly(mended, OPTIONAL)) : mended;
    }

    static ObjectNode text(String text) {
        return NODES.objectNode().put("type", "text").put("text", text);
    }

    /**
     * Returns the contents of a resource with correct members, which are text if there is neither
     * text nor binary data.
     *
     * @param uri in place of a missing one
     */
    static ObjectNode contents(ObjectNode given, String uri) {
        ObjectNode mended = Member.keepOnly(given, CONTENTS);
        if (!isString(mended, "uri")) {
            mended = with(mended, "uri", uri);
        }
        if (!isString(mended, "text") && !isString(mended, "blob")) {
            JsonNode content = mended.has("text") ? mended.get("text") : mended.get("blob");
            mended = with(mended, "text", content == null ? "" : asText(content));
            mended.remove("blob");
        }
        return mended;
    }

    static String asText(JsonNode node) {
        return node.isString() ? node.stringValue() : node.isNull() ? "" : node.toString();
    }

    private static ObjectNode withText(ObjectNode block) {
        JsonNode text = block.get("text");
        return isString(block, "text")
                ? block
                : with(block, "text", text == null ? "" : asText(text));
    }

    private static ObjectNode withMimeType(ObjectNode block) {
        return isString(block, "mimeType") ? block : with(block, "mimeType", ANY_DATA);
    }

    private static @Nullable ObjectNode withResource(ObjectNode block) {
        if (!(block.path("resource") instanceof ObjectNode resource)
                || !isString(resource, "uri")) {
            return null;
        }
        ObjectNode mended = contents(resource, "");
        if (mended == resource) {
            return block;
        }
        ObjectNode copy = Member.copy(block);
        copy.set("resource", mended);
        return copy;
    }

    private static ObjectNode withName(ObjectNode block) {
        return isString(block, "name")
                ? block
                : with(block, "name", block.path("uri").stringValue());
    }

    private static ObjectNode withAnnotations(ObjectNode block) {
        if (!(block.path("annotations") instanceof ObjectNode annotations)) {
            return block;
        }
        ObjectNode kept = Member.keepOnly(annotations, Member.ANNOTATIONS);
        if (kept == annotations) {
            return block;
        }
        ObjectNode copy = Member.copy(block);
        copy.set("annotations", kept);
        return copy;
    }

    private static boolean isKnown(ObjectNode block) {
        return switch (block.path("type").asString("")) {
            case "text", "image", "audio", "resource", "resource_link" -> true;
            default -> false;
        };
    }

    private static boolean isString(ObjectNode object, String member) {
        return object.path(member).isString();
    }

    /** Returns a shallow copy with this text as a member. */
    private static ObjectNode with(ObjectNode object, String member, String text) {
        return Member.copy(object).put(member, text);
    }
}
