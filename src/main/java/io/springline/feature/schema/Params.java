package io.springline.feature.schema;

import io.springline.jsonrpc.ErrorCode;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads members of {@code params}. A missing or invalid member ends the request with {@code -32602}
 * and a message that names the member and what it must be.
 */
public final class Params {

    private static final int SHOWN = 100;

    private Params() {}

    public static String string(ObjectNode params, String member) {
        String value = optionalString(params, member);
        if (value == null) {
            throw invalid(member, "is required and must be a string");
        }
        return value;
    }

    public static @Nullable String optionalString(ObjectNode params, String member) {
        JsonNode value = params.get(member);
        if (value == null) {
            return null;
        }
        if (!value.isString()) {
            throw invalid(member, "must be a string");
        }
        return value.stringValue();
    }

    /** Returns the object, or an empty one if the member is absent. */
    public static ObjectNode object(ObjectNode params, String member) {
        JsonNode value = params.get(member);
        if (value == null) {
            return JsonNodeFactory.instance.objectNode();
        }
        if (!(value instanceof ObjectNode object)) {
            throw invalid(member, "must be an object");
        }
        return object;
    }

    public static ObjectNode requiredObject(ObjectNode params, String member) {
        if (!params.has(member)) {
            throw invalid(member, "is required and must be an object");
        }
        return object(params, member);
    }

    /** Returns the string values by name, without null values; empty if the member is absent. */
    public static Map<String, String> strings(ObjectNode params, String member) {
        var values = new LinkedHashMap<String, String>();
        object(params, member)
                .forEachEntry((name, value) -> {
                    if (value.isNull()) {
                        return;
                    }
                    if (!value.isString()) {
                        throw invalid(member + "." + shown(name), "must be a string");
                    }
                    values.put(name, value.stringValue());
                });
        return values;
    }

    /**
     * Returns text from the peer, cut to 100 characters so that it can be part of an error message.
     */
    public static String shown(String value) {
        return value.length() > SHOWN ? value.substring(0, SHOWN) + "…" : value;
    }

    public static RuntimeException invalid(String member, String rule) {
        return ErrorCode.INVALID_PARAMS.exception("Invalid params: %s %s".formatted(member, rule));
    }
}
