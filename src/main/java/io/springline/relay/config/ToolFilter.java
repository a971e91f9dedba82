package io.springline.relay.config;

import java.util.List;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.PatternMatchUtils;

/**
 * A filter for the tools of one upstream, by the upstream's own names. In a name, {@code *} matches
 * any characters.
 *
 * @param include the only tools that are served
 * @param exclude tools that are not served, even if {@code include} matches them
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

    private static boolean matches(List<String> patterns, String tool) {
        return PatternMatchUtils.simpleMatch(patterns.toArray(String[]::new), tool);
    }
}
