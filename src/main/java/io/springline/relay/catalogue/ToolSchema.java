package io.springline.relay.catalogue;

import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Repair of tool schemas for strict clients, which require type {@code object}, {@code properties}
 * of objects, and {@code required} as an array of strings.
 *
 * <p>Only the top level is changed: below it, null may be a valid value (JSON Schema).
 */
final class ToolSchema {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** Keywords that may have the value null. */
    private static final Set<String> VALUES = Set.of("default", "const");

    private ToolSchema() {}

    /**
     * Changes {@code inputSchema} and {@code outputSchema} in place. An input schema of another
     * type than object is removed.
     *
     * @param notes receives what is dropped, with the reason
     */
    static void mend(ObjectNode tool, Consumer<String> notes) {
        JsonNode input = tool.path("inputSchema");
        if (input.isMissingNode() || input.isArray() && input.isEmpty()) {
            tool.set("inputSchema", NODES.objectNode().put("type", "object"));
        } else if (input instanceof ObjectNode schema
                && !mendObject(schema, "inputSchema", notes)) {
            tool.remove("inputSchema");
        }
        if (tool.path("outputSchema") instanceof ObjectNode schema && schema.has("properties")) {
            mendObject(schema, "outputSchema", notes);
        }
    }

    /** Changes the schema in place; returns false if its type is not object. */
    private static boolean mendObject(ObjectNode schema, String where, Consumer<String> notes) {
        for (String name : List.copyOf(schema.propertyNames())) {
            if (schema.get(name).isNull() && !VALUES.contains(name)) {
                schema.remove(name);
            }
        }
        JsonNode type = schema.path("type");
        boolean several =
                type.isArray() && type.valueStream().anyMatch(t -> t.asString("").equals("object"));
        if (type.isMissingNode() || several) {
            schema.put("type", "object");
        } else if (!type.asString("").equals("object")) {
            return false;
        }
        dialect(schema, where, notes);
        properties(schema, where, notes);
        required(schema, where, notes);
        return true;
    }

    private static void dialect(ObjectNode schema, String where, Consumer<String> notes) {
        JsonNode dialect = schema.path("$schema");
        if (!dialect.isMissingNode() && !dialect.isString()) {
            schema.remove("$schema");
            notes.accept("the $schema of its %s: that is not a string".formatted(where));
        }
    }

    private static void properties(ObjectNode schema, String where, Consumer<String> notes) {
        JsonNode properties = schema.path("properties");
        if (properties.isMissingNode()) {
            return;
        }
        if (!(properties instanceof ObjectNode all)) {
            schema.remove("properties");
            if (!properties.isEmpty()) {
                notes.accept("the properties of its %s: they are not an object".formatted(where));
            }
            return;
        }
        for (String name : List.copyOf(all.propertyNames())) {
            JsonNode property = all.get(name);
            if (!property.isObject()) {
                boolean never = property.isBoolean() && !property.booleanValue();
                ObjectNode mended = NODES.objectNode();
                if (never) {
                    mended.putObject("not");
                }
                all.set(name, mended);
            }
        }
    }

    private static void required(ObjectNode schema, String where, Consumer<String> notes) {
        JsonNode required = schema.path("required");
        if (required.isMissingNode()
                || required.isArray() && required.valueStream().allMatch(JsonNode::isString)) {
            return;
        }
        schema.remove("required");
        if (required.isArray()) {
            ArrayNode strings = schema.putArray("required");
            required.valueStream().filter(JsonNode::isString).forEach(strings::add);
        }
        notes.accept(
                "part of the required of its %s: that is not an array of strings".formatted(where));
    }
}
