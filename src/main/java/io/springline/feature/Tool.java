package io.springline.feature;

import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A tool that clients can list and call.
 *
 * <pre>{@code
 * Tool.named("add")
 *         .description("Adds two integers")
 *         .inputSchema("""
 *                 {"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"}},
 *                  "required":["a","b"]}""")
 *         .handler((context, arguments) ->
 *                 ToolResult.text("" + (arguments.get("a").asInt() + arguments.get("b").asInt())));
 * }</pre>
 *
 * @param definition the tool's entry in {@code tools/list}, in the shape of the newest revision;
 *     sent as it is, unknown members included, and never changed
 * @param relayed whether arguments and results are checked elsewhere, so that nothing is here
 * @param aliases further names under which access rules name this tool: what its upstream calls it,
 *     and that name with the upstream's in front
 */
public record Tool(
        ObjectNode definition, ToolHandler handler, boolean relayed, List<String> aliases) {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,128}");

    public Tool {
        Objects.requireNonNull(handler, "handler");
        aliases = List.copyOf(aliases);
        if (!relayed) {
            check(definition);
        }
    }

    public Tool(ObjectNode definition, ToolHandler handler, boolean relayed) {
        this(definition, handler, relayed, List.of());
    }

    public Tool(ObjectNode definition, ToolHandler handler) {
        this(definition, handler, false);
    }

    private static void check(ObjectNode definition) {
        String name = definition.path("name").asString("");
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "Tool name '%s': 1 to 128 of A-Z a-z 0-9 _ . - are allowed".formatted(name));
        }
        if (!definition.path("inputSchema").path("type").asString("").equals("object")) {
            throw new IllegalArgumentException(
                    "Tool '%s': inputSchema must be an object schema".formatted(name));
        }
    }

    public String name() {
        return definition.path("name").stringValue();
    }

    /** Whether it says that called twice it does no more than called once. */
    public boolean isRepeatable() {
        JsonNode hints = definition.path("annotations");
        return hints.path("readOnlyHint").asBoolean(false)
                || hints.path("idempotentHint").asBoolean(false);
    }

    public static Builder named(String name) {
        return new Builder(name);
    }

    @Override
    public String toString() {
        return "Tool[%s]".formatted(name());
    }

    /** Collects the parts of a definition; {@link #handler} ends it. */
    public static final class Builder {

        private static final JsonMapper JSON =
                JsonMapper.builder()
                        .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                        .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                        .build();

        private final ObjectNode definition = JsonNodeFactory.instance.objectNode();

        private Builder(String name) {
            definition.put("name", name);
        }

        public Builder title(String title) {
            definition.put("title", title);
            return this;
        }

        public Builder description(String description) {
            definition.put("description", description);
            return this;
        }

        /**
         * @param schema JSON Schema 2020-12 of an object; without one any object is accepted
         */
        public Builder inputSchema(String schema) {
            definition.set("inputSchema", JSON.readTree(schema));
            return this;
        }

        /**
         * @param schema JSON Schema 2020-12 of the structured content, which is held against it
         */
        public Builder outputSchema(String schema) {
            definition.set("outputSchema", JSON.readTree(schema));
            return this;
        }

        /** The tool changes nothing. */
        public Builder readOnly() {
            definition.withObject("annotations").put("readOnlyHint", true);
            return this;
        }

        /** Called twice with the same arguments the tool does the same as called once. */
        public Builder idempotent() {
            definition.withObject("annotations").put("idempotentHint", true);
            return this;
        }

        public Tool handler(ToolHandler handler) {
            if (!definition.has("inputSchema")) {
                definition.putObject("inputSchema").put("type", "object");
            }
            return new Tool(definition, handler);
        }
    }
}
