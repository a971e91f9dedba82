package io.springline.relay.catalogue;

import io.springline.relay.catalogue.UpstreamCatalogue.Entries;
import io.springline.relay.client.CatalogueList;
import io.springline.relay.client.UpstreamClient;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reader for {@code x-mcp-header} annotations in the input schemas of an upstream's tools. An HTTP
 * upstream of revision 2026-07-28 requires the annotated arguments in headers, too: the relay has
 * to send them twice.
 *
 * @see <a
 *     href="https://modelcontextprotocol.io/specification/2026-07-28/basic/transports">Transports</a>
 */
public final class MirroredHeaders {

    /**
     * The maximum length of an argument path. Each path contains the names of all levels above it.
     */
    private static final int MAX_POINTER = 8192;

    private static final String ANNOTATION = "x-mcp-header";
    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    private static final Set<String> TYPES = Set.of("string", "integer", "boolean");

    private MirroredHeaders() {}

    /**
     * Returns the header of each annotated argument, by JSON Pointer.
     *
     * @throws IllegalArgumentException if an annotation is invalid: clients must not offer such a
     *     tool
     */
    static Map<String, String> of(ObjectNode tool) {
        var headers = new LinkedHashMap<String, String>();
        collect(tool.path("inputSchema"), "", headers, new HashSet<>());
        return headers;
    }

    /**
     * Makes the connection repeat the annotated arguments of these tools in headers. Returns the
     * tools without those that have an invalid annotation; the notes name each of those.
     */
    public static Entries announce(UpstreamClient to, Entries tools) {
        var kept = new ArrayList<ObjectNode>();
        var notes = new ArrayList<>(tools.notes());
        for (ObjectNode tool : tools.entries()) {
            String name = tool.path("name").stringValue();
            try {
                to.mirrored(name, of(tool));
                kept.add(tool);
            } catch (IllegalArgumentException e) {
                notes.add(
                        "%s: '%s' is left out: its %s is not a valid header"
                                .formatted(
                                        CatalogueList.TOOLS.method(),
                                        CatalogueEntry.shown(name),
                                        e.getMessage()));
            }
        }
        return new Entries(kept, notes, tools.trouble(), tools.failed());
    }

    private static void collect(
            JsonNode schema, String pointer, Map<String, String> headers, Set<String> seen) {
        schema.path("properties")
                .forEachEntry((name, property) -> {
                    String at = pointer + "/" + name.replace("~", "~0").replace("/", "~1");
                    if (at.length() > MAX_POINTER) {
                        return;
                    }
                    JsonNode header = property.path(ANNOTATION);
                    if (!header.isMissingNode()) {
                        String value = header.asString("");
                        if (!TOKEN.matcher(value).matches()
                                || !seen.add(value.toLowerCase(Locale.ROOT))
                                || !TYPES.contains(property.path("type").asString(""))) {
                            throw new IllegalArgumentException(
                                    "%s of %s".formatted(ANNOTATION, at));
                        }
                        headers.put(at, value);
                    }
                    collect(property, at, headers, seen);
                });
    }
}
