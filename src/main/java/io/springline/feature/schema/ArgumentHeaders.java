package io.springline.feature.schema;

import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;

/**
 * Finds the arguments of a tool that clients of 2026-07-28 repeat in HTTP headers. The tool's
 * schema marks them with {@code x-mcp-header}. A mark is invalid if the header name is invalid or
 * repeated, or if the argument is not a string, integer or boolean.
 *
 * @see <a
 *     href="https://modelcontextprotocol.io/specification/2026-07-28/basic/transports">Transports</a>
 */
public final class ArgumentHeaders {

    public static final String MARK = "x-mcp-header";

    /** The maximum length of a pointer. Each pointer contains the names of all levels above it. */
    private static final int MAX_POINTER = 8192;

    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    private static final Set<String> TYPES = Set.of("string", "integer", "boolean");

    private final Map<JsonPointer, String> headers = new LinkedHashMap<>();
    private final Set<String> seen = new HashSet<>();
    private final Consumer<String> invalid;

    private ArgumentHeaders(Consumer<String> invalid) {
        this.invalid = invalid;
    }

    /**
     * Returns the header name for the place of each marked argument.
     *
     * @param definition of the tool
     * @param invalid receives the place of each invalid mark
     */
    public static Map<JsonPointer, String> of(JsonNode definition, Consumer<String> invalid) {
        var found = new ArgumentHeaders(invalid);
        found.collect(definition.path("inputSchema"), "");
        return Collections.unmodifiableMap(found.headers);
    }

    private void collect(JsonNode schema, String pointer) {
        schema.path("properties")
                .forEachEntry((name, property) -> {
                    String at = pointer + "/" + name.replace("~", "~0").replace("/", "~1");
                    if (at.length() > MAX_POINTER) {
                        return;
                    }
                    JsonNode mark = property.path(MARK);
                    if (!mark.isMissingNode()) {
                        mark(at, mark.asString(""), property.path("type").asString(""));
                    }
                    collect(property, at);
                });
    }

    private void mark(String at, String header, String type) {
        if (TOKEN.matcher(header).matches()
                && TYPES.contains(type)
                && seen.add(header.toLowerCase(Locale.ROOT))) {
            headers.put(JsonPointer.compile(at), header);
        } else {
            invalid.accept(at);
        }
    }
}
