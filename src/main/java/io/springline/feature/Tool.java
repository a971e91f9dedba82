package io.springline.feature;

import io.springline.jsonrpc.SharedObject;
import io.springline.mcp.McpExtensions;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
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
 *     .description("Adds two integers")
 *     .inputSchema("""
 *         {"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"}},
 *          "required":["a","b"]}""")
 *     .handler((context, arguments) ->
 *         ToolResult.text("" + (arguments.get("a").asInt() + arguments.get("b").asInt())));
 * }</pre>
 *
 * @param definition the entry in {@code tools/list}, in the shape of the newest revision, with
 *     unknown members; never modified
 * @param relayed true if the upstream validates arguments and results, so that this server does not
 * @param aliases further names by which rules can match this tool: its name at its upstream, alone
 *     and with the upstream's name in front, and its name at other endpoints
 * @param upstream the name of the upstream that has the tool; null for a tool of this server
 * @param tasks whether calls may become tasks, or null for the configured default
 */
public record Tool(
        ObjectNode definition,
        ToolHandler handler,
        boolean relayed,
        List<String> aliases,
        @Nullable String upstream,
        @Nullable TaskSupport tasks) {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,128}");

    public Tool {
        Objects.requireNonNull(handler, "handler");
        aliases = List.copyOf(aliases);
        definition = SharedObject.of(definition);
        if (!relayed) {
            check(definition);
        }
    }

    public Tool(ObjectNode definition, ToolHandler handler) {
        this(definition, handler, null);
    }

    /**
     * @param tasks whether calls may become tasks, or null for the configured default
     */
    public Tool(ObjectNode definition, ToolHandler handler, @Nullable TaskSupport tasks) {
        this(definition, handler, false, List.of(), null, tasks);
    }

    /** Returns a tool of an upstream, which validates arguments and results. */
    public static Tool relayed(
            ObjectNode definition, ToolHandler handler, List<String> aliases, String upstream) {
        return new Tool(definition, handler, true, aliases, upstream, null);
    }

    /** Returns this tool as another endpoint offers it. Rules can match it by its name here. */
    public Tool shownAs(ObjectNode definition) {
        return new Tool(definition, handler, false, List.of(name()), null, tasks);
    }

    private static void check(ObjectNode definition) {
        String name = definition.path("name").asString("");
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "Tool name '%s' is invalid: use 1 to 128 characters of A-Z a-z 0-9 _ . -"
                            .formatted(name));
        }
        if (!definition.path("inputSchema").path("type").asString("").equals("object")) {
            throw new IllegalArgumentException(
                    "Tool '%s': inputSchema must have \"type\": \"object\"".formatted(name));
        }
    }

    public String name() {
        return definition.path("name").stringValue();
    }

    /**
     * Returns true if the tool is declared read-only or idempotent, so that it may be called again.
     */
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

    /** Builds a tool. {@link #handler} returns it. */
    public static final class Builder {

        private static final JsonMapper JSON =
                JsonMapper.builder()
                        .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                        .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                        .build();

        private final ObjectNode definition = JsonNodeFactory.instance.objectNode();
        private @Nullable TaskSupport tasks;
        private boolean nonBlocking;

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
         * @param schema JSON Schema 2020-12 of an object. By default any object is accepted
         */
        public Builder inputSchema(String schema) {
            definition.set("inputSchema", JSON.readTree(schema));
            return this;
        }

        /**
         * @param schema JSON Schema 2020-12 of the structured content. Each result is validated
         */
        public Builder outputSchema(String schema) {
            definition.set("outputSchema", JSON.readTree(schema));
            return this;
        }

        /** Declares that the tool changes nothing. */
        public Builder readOnly() {
            definition.withObject("annotations").put("readOnlyHint", true);
            return this;
        }

        /** Declares that repeated calls with the same arguments have no further effect. */
        public Builder idempotent() {
            definition.withObject("annotations").put("idempotentHint", true);
            return this;
        }

        /** Sets whether calls may become tasks. By default as configured. */
        public Builder tasks(TaskSupport support) {
            tasks = support;
            return this;
        }

        /**
         * Declares that the handler returns within microseconds and waits for nothing: no files, no
         * network, no locks, no questions to the client. It may then run on the thread that reads
         * from many clients, which saves a change of threads. While it runs, these clients wait.
         */
        public Builder nonBlocking() {
            nonBlocking = true;
            return this;
        }

        /**
         * Declares that hosts with MCP Apps may show the tool's results in an app. The results must
         * have a useful text, too, for all other clients.
         *
         * @param uri the URI of the app's resource, see {@link App}
         */
        public Builder app(String uri) {
            if (!uri.startsWith(McpExtensions.APP_SCHEME)) {
                throw new IllegalArgumentException(
                        "Tool '%s': the URI of an app must start with %s"
                                .formatted(
                                        definition.path("name").asString(""),
                                        McpExtensions.APP_SCHEME));
            }
            ObjectNode meta = definition.withObject("/_meta");
            meta.withObject("/" + McpExtensions.APP_META).put(McpExtensions.APP_URI, uri);
            meta.put(McpExtensions.OLD_APP_URI, uri);
            return this;
        }

        /** Declares that only apps call the tool: hosts do not show it to their model. */
        public Builder forAppsOnly() {
            return visibleTo("app");
        }

        /** Declares that only models call the tool: hosts refuse calls of apps. */
        public Builder forModelsOnly() {
            return visibleTo("model");
        }

        private Builder visibleTo(String whom) {
            definition
                    .withObject("/_meta/" + McpExtensions.APP_META)
                    .putArray("visibility")
                    .add(whom);
            return this;
        }

        public Tool handler(ToolHandler handler) {
            if (!definition.has("inputSchema")) {
                definition.putObject("inputSchema").put("type", "object");
            }
            return new Tool(
                    definition, nonBlocking ? new NonBlockingToolHandler(handler) : handler, tasks);
        }
    }
}
