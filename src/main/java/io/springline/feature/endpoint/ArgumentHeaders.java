package io.springline.feature.endpoint;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;

/**
 * Finds the arguments of a tool that 2026-07-28 clients repeat in HTTP headers: those that the
 * tool's schema marks with {@code x-mcp-header}. Ignores marks that break the rules of the
 * specification: an invalid or repeated header name, or an argument that is not a string, integer
 * or boolean.
 */
final class ArgumentHeaders {

    private static final int MAX_POINTER = 8192;
    private static final String ANNOTATION = "x-mcp-header";
    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    private static final Set<String> TYPES = Set.of("string", "integer", "boolean");

    private ArgumentHeaders() {}

    /** Returns the header name for the place of each marked argument. */
    static Map<JsonPointer, String> of(JsonNode definition) {
        var headers = new LinkedHashMap<JsonPointer, String>();
        collect(definition.path("inputSchema"), "", headers, new TreeSet<>());
        return Map.copyOf(headers);
    }

    private static void collect(
            JsonNode schema, String pointer, Map<JsonPointer, String> headers, Set<String> seen) {
        schema.path("properties")
                .forEachEntry((name, property) -> {
                    String at = pointer + "/" + name.replace("~", "~0").replace("/", "~1");
                    if (at.length() > MAX_POINTER) {
                        return;
                    }
                    String header = property.path(ANNOTATION).asString("");
                    if (TOKEN.matcher(header).matches()
                            && TYPES.contains(property.path("type").asString(""))
                            && seen.add(header.toLowerCase(Locale.ROOT))) {
                        headers.put(JsonPointer.compile(at), header);
                    }
                    collect(property, at, headers, seen);
                });
    }
}
