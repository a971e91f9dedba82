package io.springline.sdk;

import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.json.jackson3.JacksonMcpJsonMapper;
import io.modelcontextprotocol.spec.McpSchema;
import io.springline.mcp.ClientCapabilities;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Converts between JSON trees and the records of the SDK. */
final class SdkJson {

    private static final JsonMapper JSON = new JsonMapper();

    /** The mapper with the SDK's rules for its records. */
    private static final McpJsonMapper SDK = new JacksonMcpJsonMapper(JSON);

    private static final TypeRef<Map<String, Object>> MAP = new TypeRef<>() {};

    private SdkJson() {}

    /** Returns the record as JSON, without members that have no value. */
    static ObjectNode object(Object value) {
        return JSON.valueToTree(value);
    }

    static JsonNode tree(@Nullable Object value) {
        return value == null ? JsonNodeFactory.instance.nullNode() : JSON.valueToTree(value);
    }

    /**
     * Returns the definition of a list entry, without empty strings, which are annotation defaults.
     */
    static ObjectNode definition(Object value) {
        ObjectNode definition = object(value);
        removeIfEmpty(definition, "description");
        removeIfEmpty(definition, "title");
        if (definition.path("annotations") instanceof ObjectNode annotations) {
            removeIfEmpty(annotations, "title");
        }
        return definition;
    }

    private static void removeIfEmpty(ObjectNode object, String member) {
        JsonNode value = object.path(member);
        if (value.isString() && value.stringValue().isEmpty()) {
            object.remove(member);
        }
    }

    static Map<String, Object> map(ObjectNode object) {
        return SDK.convertValue(object, MAP);
    }

    /**
     * Returns the object as an SDK type.
     *
     * @throws RuntimeException if the object does not have this type; the message contains class
     *     names
     */
    static <T> T read(ObjectNode object, TypeRef<T> type) {
        return SDK.convertValue(object, type);
    }

    /**
     * Returns the client capabilities that handlers can use. Members of an unknown form are
     * ignored.
     */
    static McpSchema.ClientCapabilities capabilities(ClientCapabilities client) {
        ObjectNode known = JsonNodeFactory.instance.objectNode();
        if (client.roots()) {
            ObjectNode roots = known.putObject("roots");
            JsonNode listChanged = client.json().path("roots").path("listChanged");
            if (listChanged.isBoolean()) {
                roots.set("listChanged", listChanged);
            }
        }
        if (client.sampling()) {
            known.putObject("sampling");
        }
        if (client.elicitationForm()) {
            known.withObject("elicitation").putObject("form");
        }
        if (client.elicitationUrl()) {
            known.withObject("elicitation").putObject("url");
        }
        if (client.json().path("experimental") instanceof ObjectNode experimental) {
            known.set("experimental", experimental);
        }
        return SDK.convertValue(known, McpSchema.ClientCapabilities.class);
    }

    static McpSchema.Implementation implementation(@Nullable ObjectNode clientInfo) {
        JsonNode info = clientInfo == null ? JsonNodeFactory.instance.objectNode() : clientInfo;
        return McpSchema.Implementation.builder(
                        info.path("name").asString("unknown"),
                        info.path("version").asString("unknown"))
                .build();
    }
}
