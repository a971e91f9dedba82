package io.springline.relay.catalogue;

import io.springline.relay.catalogue.UpstreamCatalogue.Entries;
import io.springline.relay.config.ToolFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/** Applies a {@link ToolFilter} to an upstream's list of tools. */
public final class ServedTools {

    private ServedTools() {}

    /**
     * Returns the tools that pass the filter, with a note for each configured name without a tool.
     */
    public static Entries select(ToolFilter filter, Entries tools) {
        if (filter.equals(ToolFilter.ALL)) {
            return tools;
        }
        List<String> names = tools.entries().stream().map(ServedTools::name).toList();
        var notes = new ArrayList<>(tools.notes());
        if (filter.include().isEmpty()) {
            notes.add("no tool is served: the list of included tools is empty");
        }
        Stream.concat(filter.include().stream(), filter.exclude().stream())
                .filter(pattern -> !pattern.contains("*") && !names.contains(pattern))
                .forEach(pattern ->
                        notes.add(
                                "the configuration includes or excludes the tool '%s', and the upstream has no tool of that name"
                                        .formatted(CatalogueEntry.shown(pattern))));
        return new Entries(
                tools.entries().stream().filter(tool -> filter.serves(name(tool))).toList(),
                notes,
                tools.trouble(),
                tools.failed());
    }

    /** Returns the first entries of a list, with a note if there are more. */
    public static Entries first(int most, Entries list) {
        if (list.entries().size() <= most) {
            return list;
        }
        var notes = new ArrayList<>(list.notes());
        notes.add(
                "%d of %d entries are left out: a server that attaches may have %d"
                        .formatted(list.entries().size() - most, list.entries().size(), most));
        return new Entries(list.entries().subList(0, most), notes, list.trouble(), list.failed());
    }

    private static String name(ObjectNode tool) {
        return tool.path("name").stringValue();
    }
}
