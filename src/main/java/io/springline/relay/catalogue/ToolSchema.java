package io.springline.relay.catalogue;

import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes the schemas of a relayed tool what strict clients require: an object of type {@code
 * object}, whose {@code properties} are objects and whose {@code required} is an array of strings.
 * Looks no deeper: the rest is JSON Schema, where null may be a value.
 */
final class ToolSchema {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** Keywords for which null is a value. */
    private static final Set<String> VALUES = Set.of("default", "const");

    private ToolSchema() {}

    /**
     * Changes {@code inputSchema} and {@code outputSchema} in place. An input schema that cannot be
     * one stays as it is.
     *
     * @param notes gets what was dropped, with the reason
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

    /** Returns false if the schema is of another type than object. */
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
        properties(schema, where, notes);
        required(schema, where, notes);
        return true;
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
