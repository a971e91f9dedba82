package io.springline.relay.catalogue;

import io.springline.feature.schema.ArgumentHeaders;
import io.springline.relay.catalogue.UpstreamCatalogue.Entries;
import io.springline.relay.client.CatalogueList;
import io.springline.relay.client.UpstreamClient;
import java.util.ArrayList;
import java.util.Map;
import tools.jackson.core.JsonPointer;
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

    private MirroredHeaders() {}

    /**
     * Returns the header of each annotated argument.
     *
     * @throws IllegalArgumentException if an annotation is invalid: clients must not offer such a
     *     tool
     */
    static Map<JsonPointer, String> of(ObjectNode tool) {
        return ArgumentHeaders.of(
                tool,
                at -> {
                    throw new IllegalArgumentException(ArgumentHeaders.MARK + " of " + at);
                });
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
}
