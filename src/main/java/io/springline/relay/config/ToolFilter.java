package io.springline.relay.config;

import io.springline.relay.catalogue.CatalogueEntry;
import io.springline.relay.catalogue.UpstreamCatalogue.Entries;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.PatternMatchUtils;
import tools.jackson.databind.node.ObjectNode;

/**
 * The tools of an upstream that are served, by the upstream's own names. In a name, {@code *}
 * stands for any characters.
 *
 * @param include the only tools that are served
 * @param exclude tools that are not served, even if {@code include} names them
 */
public record ToolFilter(
        @DefaultValue("*") List<String> include, @DefaultValue List<String> exclude) {

    public static final ToolFilter ALL = new ToolFilter(List.of("*"), List.of());

    public ToolFilter {
        include = List.copyOf(include);
        exclude = List.copyOf(exclude);
    }

    public boolean serves(String tool) {
        return matches(include, tool) && !matches(exclude, tool);
    }

    /** Returns the tools that are served, with a note for each name that no tool has. */
    public Entries apply(Entries tools) {
        if (equals(ALL)) {
            return tools;
        }
        List<String> names = tools.entries().stream().map(ToolFilter::name).toList();
        var notes = new ArrayList<>(tools.notes());
        if (include.isEmpty()) {
            notes.add("no tool is served: the list of included tools is empty");
        }
        Stream.concat(include.stream(), exclude.stream())
                .filter(pattern -> !pattern.contains("*") && !names.contains(pattern))
                .forEach(pattern ->
                        notes.add(
                                "the configuration includes or excludes the tool '%s', and the upstream has no tool of that name"
                                        .formatted(CatalogueEntry.shown(pattern))));
        return new Entries(
                tools.entries().stream().filter(tool -> serves(name(tool))).toList(),
                notes,
                tools.trouble());
    }

    private static String name(ObjectNode tool) {
        return tool.path("name").stringValue();
    }

    private static boolean matches(List<String> patterns, String tool) {
        return PatternMatchUtils.simpleMatch(patterns.toArray(String[]::new), tool);
    }
}
