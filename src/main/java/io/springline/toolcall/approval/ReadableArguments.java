package io.springline.toolcall.approval;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * The arguments of a call as text for the person who approves it: one line per value, indented. The
 * length is bounded, and says so. Characters that could deceive the reader are escaped: controls,
 * line breaks, and invisible characters such as those that change the direction of text.
 */
final class ReadableArguments {

    static final int MAX_LENGTH = 4000;
    private static final int MAX_VALUE_LENGTH = 500;
    private static final int MAX_DEPTH = 20;

    private final StringBuilder text = new StringBuilder();
    private boolean cut;

    private ReadableArguments() {}

    static String of(ObjectNode arguments) {
        if (arguments.isEmpty()) {
            return "(none)";
        }
        var readable = new ReadableArguments();
        readable.value(arguments, 0);
        return readable.cut
                ? "ATTENTION: the arguments are too long to be shown in full; what is left out is marked …\n"
                        + readable.text
                : readable.text.toString();
    }

    private void value(JsonNode value, int depth) {
        if (text.length() > MAX_LENGTH || depth > MAX_DEPTH) {
            omit();
        } else if (value.isObject() && !value.isEmpty()) {
            text.append('{');
            for (var member : value.properties()) {
                if (!line(depth + 1)) {
                    break;
                }
                string(member.getKey());
                text.append(": ");
                value(member.getValue(), depth + 1);
            }
            end('}', depth);
        } else if (value.isArray() && !value.isEmpty()) {
            text.append('[');
            for (JsonNode element : value) {
                if (!line(depth + 1)) {
                    break;
                }
                value(element, depth + 1);
            }
            end(']', depth);
        } else if (value instanceof StringNode string) {
            string(string.stringValue());
        } else {
            String plain = value.toString();
            cut |= plain.length() > MAX_VALUE_LENGTH;
            text.append(plain, 0, Math.min(plain.length(), MAX_VALUE_LENGTH))
                    .append(plain.length() > MAX_VALUE_LENGTH ? "…" : "");
        }
    }

    private boolean line(int depth) {
        text.append('\n').repeat("  ", depth);
        if (text.length() > MAX_LENGTH) {
            omit();
            return false;
        }
        return true;
    }

    private void end(char bracket, int depth) {
        text.append('\n').repeat("  ", depth).append(bracket);
    }

    private void omit() {
        cut = true;
        text.append('…');
    }

    private void string(String value) {
        text.append('"').append(harmless(value, MAX_VALUE_LENGTH)).append('"');
        if (value.length() > MAX_VALUE_LENGTH) {
            cut = true;
            text.append("… (%d more characters)".formatted(value.length() - MAX_VALUE_LENGTH));
        }
    }

    /** Returns at most {@code max} characters of the text, with deceptive ones escaped. */
    static String harmless(String value, int max) {
        var harmless = new StringBuilder();
        value.codePoints()
                .limit(max)
                .forEach(c -> {
                    if (c == '"' || c == '\\') {
                        harmless.append('\\').appendCodePoint(c);
                    } else if (isDeceptive(c)) {
                        harmless.append("\\u{%x}".formatted(c));
                    } else {
                        harmless.appendCodePoint(c);
                    }
                });
        return harmless.toString();
    }

    private static boolean isDeceptive(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.PRIVATE_USE,
                    Character.SURROGATE,
                    Character.UNASSIGNED ->
                    true;
            case Character.SPACE_SEPARATOR -> c != ' ';
            case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK -> c >= 0x1AB0;
            default -> c == 0x3164 || c == 0x115F || c == 0x1160 || c == 0xFFA0;
        };
    }
}
