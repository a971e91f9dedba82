package io.springline.relay.config;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads which tools of a server another MCP host's file switches off. What only spares the host's
 * user a question ({@code autoApprove}, {@code alwaysAllow}, {@code trust}) has no effect here.
 */
final class HostToolFilter {

    /** Gemini CLI and Amp, Crush, others, Goose, GitHub Copilot. */
    private static final List<String> INCLUDING =
            List.of(
                    "includeTools",
                    "enabledTools",
                    "enabled_tools",
                    "allowedTools",
                    "allowed_tools",
                    "available_tools",
                    "tools");

    /** Gemini CLI and Amp; Windsurf, Kiro and Roo Code; Crush; others. */
    private static final List<String> EXCLUDING =
            List.of(
                    "excludeTools",
                    "disabledTools",
                    "disabled_tools",
                    "excludedTools",
                    "disallowedTools",
                    "blockedTools");

    /** Goose writes an empty list for all tools; to the other hosts it means none. */
    private static final String EMPTY_MEANS_ALL = "available_tools";

    private HostToolFilter() {}

    /**
     * @throws IllegalArgumentException naming the member that is not a list of names
     */
    static ToolFilter read(JsonNode entry) {
        List<String> include = ToolFilter.ALL.include();
        for (String member : INCLUDING) {
            JsonNode value = entry.path(member);
            boolean all = member.equals(EMPTY_MEANS_ALL) && value.isEmpty();
            if (!isAbsent(value) && !all && !isByName(member, value)) {
                include = names(member, value);
                break;
            }
        }
        var exclude = new ArrayList<String>();
        for (String member : EXCLUDING) {
            exclude.addAll(names(member, entry.path(member)));
        }
        if (entry.path("tools") instanceof ObjectNode tools) {
            tools.forEachEntry((name, value) -> {
                if (!value.path("enabled").asBoolean(value.asBoolean(true))) {
                    exclude.add(name);
                }
            });
        }
        return new ToolFilter(include, exclude);
    }

    /**
     * Returns the filter without the tools that OpenCode's {@code tools} switches off, where a tool
     * is called {@code SERVER_TOOL}.
     */
    static ToolFilter withoutSwitchedOff(ToolFilter filter, String server, JsonNode tools) {
        String prefix = server.replaceAll("[^a-zA-Z0-9_-]", "_") + "_";
        var exclude = new ArrayList<>(filter.exclude());
        tools.forEachEntry((pattern, value) -> {
            if (value.asBoolean(true)) {
                return;
            }
            if (pattern.startsWith(prefix)) {
                exclude.add(pattern.substring(prefix.length()));
            } else if (pattern.endsWith("*")
                    && prefix.startsWith(pattern.substring(0, pattern.length() - 1))) {
                exclude.add("*");
            }
        });
        return new ToolFilter(filter.include(), exclude);
    }

    private static boolean isByName(String member, JsonNode value) {
        return member.equals("tools") && value.isObject();
    }

    private static List<String> names(String member, JsonNode values) {
        if (values.isString()) {
            return List.of(name(member, values));
        }
        if (!values.isArray() && !isAbsent(values)) {
            throw new IllegalArgumentException(member + ": must be an array of strings");
        }
        return values.valueStream().map(each -> name(member, each)).toList();
    }

    /** Gemini CLI takes {@code name(arguments)} for the name. */
    private static String name(String member, JsonNode value) {
        if (!value.isString()) {
            throw new IllegalArgumentException(member + ": must be a string");
        }
        String text = value.stringValue().strip();
        int bracket = text.indexOf('(');
        return bracket < 0 ? text : text.substring(0, bracket);
    }

    private static boolean isAbsent(JsonNode value) {
        return value.isMissingNode() || value.isNull();
    }
}
