package io.springline.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Formats messages of servers for a terminal. Replaces control characters. */
final class TerminalText {

    private TerminalText() {}

    /**
     * Returns the content blocks of a tool's result, or its structured content if there are none.
     */
    static String result(ObjectNode result) {
        var blocks = new ArrayList<String>();
        result.path("content").forEach(block -> blocks.add(block(block)));
        if (blocks.isEmpty() && result.has("structuredContent")) {
            blocks.add(result.path("structuredContent").toPrettyString());
        }
        return safe(String.join("\n", blocks));
    }

    private static String block(JsonNode block) {
        return switch (block.path("type").asString("")) {
            case "text" -> block.path("text").asString("");
            case "image", "audio" ->
                    "[%s %s, %d bytes]"
                            .formatted(
                                    block.path("type").asString(""),
                                    block.path("mimeType").asString("?"),
                                    decoded(block.path("data").asString("")));
            case "resource_link" ->
                    "[%s: %s]"
                            .formatted(
                                    block.path("name").asString(""),
                                    block.path("uri").asString(""));
            case "resource" -> resource(block.path("resource"));
            default -> block.toString();
        };
    }

    private static String resource(JsonNode resource) {
        return resource.has("text")
                ? resource.path("text").asString("")
                : "[%s %s, %d bytes]"
                        .formatted(
                                resource.path("uri").asString(""),
                                resource.path("mimeType").asString("?"),
                                decoded(resource.path("blob").asString("")));
    }

    private static int decoded(String base64) {
        int padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
        return base64.length() / 4 * 3 - padding;
    }

    /** Formats progress as {@code [ 50 %] reading}, or as {@code [3] reading} without a total. */
    static String progress(ObjectNode params) {
        double progress = params.path("progress").asDouble(0);
        double total = params.path("total").asDouble(0);
        String done =
                total > 0
                        ? String.format(Locale.ROOT, "[%3.0f %%]", 100 * progress / total)
                        : "[%s]".formatted(params.path("progress"));
        return "%s %s".formatted(done, params.path("message").asString("")).strip();
    }

    /** Formats a log message of the server. */
    static String log(ObjectNode params) {
        JsonNode data = params.path("data");
        String logger = params.path("logger").asString("");
        return "%s: %s%s"
                .formatted(
                        params.path("level").asString("log"),
                        logger.isEmpty() ? "" : logger + ": ",
                        data.asString(data.toString()));
    }

    /** Formats definitions in two columns, such as {@code forecast(city, [days]) The weather}. */
    static String list(List<ObjectNode> entries) {
        List<String> names = entries.stream().map(TerminalText::signature).toList();
        int width = names.stream().mapToInt(String::length).filter(w -> w <= 40).max().orElse(0);
        var lines = new ArrayList<String>();
        for (int i = 0; i < names.size(); i++) {
            String description = entries.get(i).path("description").asString("");
            String first = description.lines().findFirst().orElse("");
            lines.add((names.get(i) + pad(width - names.get(i).length()) + "  " + first).strip());
        }
        return safe(String.join("\n", lines));
    }

    private static String pad(int width) {
        return " ".repeat(Math.max(0, width));
    }

    private static String signature(ObjectNode entry) {
        if (entry.has("uri") || entry.has("uriTemplate")) {
            return entry.path("uri").asString(entry.path("uriTemplate").asString(""));
        }
        var arguments = new ArrayList<String>();
        JsonNode required = entry.at("/inputSchema/required");
        entry.at("/inputSchema/properties")
                .propertyNames()
                .forEach(name ->
                        arguments.add(
                                argument(
                                        name,
                                        required.valueStream()
                                                .anyMatch(
                                                        each -> each.asString("").equals(name)))));
        entry.path("arguments")
                .forEach(argument ->
                        arguments.add(
                                argument(
                                        argument.path("name").asString(""),
                                        argument.path("required").asBoolean(false))));
        return "%s(%s)".formatted(entry.path("name").asString(""), String.join(", ", arguments));
    }

    private static String argument(String name, boolean required) {
        return required ? name : "[" + name + "]";
    }

    /** Replaces control characters other than tabs and line feeds by U+FFFD. */
    static String safe(String text) {
        var safe = new StringBuilder(text.length());
        text.codePoints()
                .map(c -> Character.isISOControl(c) && c != '\n' && c != '\t' ? '\uFFFD' : c)
                .forEach(safe::appendCodePoint);
        return safe.toString();
    }
}
