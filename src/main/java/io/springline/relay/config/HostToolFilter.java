package io.springline.relay.config;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the tool filter of a server entry in another MCP host's file.
 *
 * <p>Members that only suppress the host's confirmation dialog ({@code autoApprove}, {@code
 * alwaysAllow}, {@code trust}) have no effect here.
 */
final class HostToolFilter {

    /**
     * Members that list the included tools: Gemini CLI and Amp, Crush, others, Goose, GitHub
     * Copilot.
     */
    private static final List<String> INCLUDING =
            List.of(
                    "includeTools",
                    "enabledTools",
                    "enabled_tools",
                    "allowedTools",
                    "allowed_tools",
                    "available_tools",
                    "tools");

    /**
     * Members that list the excluded tools: Gemini CLI and Amp; Windsurf, Kiro and Roo Code; Crush;
     * others.
     */
    private static final List<String> EXCLUDING =
            List.of(
                    "excludeTools",
                    "disabledTools",
                    "disabled_tools",
                    "excludedTools",
                    "disallowedTools",
                    "blockedTools");

    /**
     * Goose writes an empty list for "all tools"; for the other hosts an empty list means "no
     * tool".
     */
    private static final String EMPTY_MEANS_ALL = "available_tools";

    private HostToolFilter() {}

    /**
     * Returns the filter that an entry describes.
     *
     * @throws IllegalArgumentException if a member is not a list of names; the message names it
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
        if (!(entry.path("tools") instanceof ObjectNode tools)) {
            return new ToolFilter(include, exclude);
        }
        if (tools.path("include").isArray() || tools.path("exclude").isArray()) {
            exclude.addAll(names("tools.exclude", tools.path("exclude")));
            return new ToolFilter(
                    isAbsent(tools.path("include"))
                            ? include
                            : names("tools.include", tools.path("include")),
                    exclude);
        }
        tools.forEachEntry((name, value) -> {
            if (!isOn(tools, name, value)) {
                exclude.add(name);
            }
        });
        return new ToolFilter(include, exclude);
    }

    /** Returns true unless the tool is turned off, directly or in an object. */
    private static boolean isOn(ObjectNode tools, String name, JsonNode value) {
        try {
            return value.isObject()
                    ? McpServerEntry.isOn(value, "enabled", true)
                            && !McpServerEntry.isOn(value, "disabled", false)
                    : McpServerEntry.isOn(tools, name, true);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "tools.%s: must be true, false or an object with enabled".formatted(name), e);
        }
    }

    /**
     * Returns the filter with the tools excluded that OpenCode's {@code tools} member turns off. A
     * tool has the name {@code SERVER_TOOL} there.
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

    /**
     * Returns the tool name, without the arguments that Gemini CLI allows after it: {@code
     * name(arguments)}.
     */
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
