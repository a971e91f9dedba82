package io.springline.relay.config;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parser for {@code .env} files.
 *
 * <p>It reads {@code NAME=value} lines, with or without quotes around the value, comments after
 * {@code #}, and {@code export} before a name. It ignores all other lines.
 */
final class EnvFile {

    /** Its quantifiers are possessive, because others take stack for each character of a value. */
    private static final Pattern LINE =
            Pattern.compile(
                    "^\\s*(?:export\\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\\s*=[ \\t]*"
                            + "(?:\"((?:[^\"\\\\]++|\\\\.)*+)\"|'([^']*)'|([^\\r\\n]*?))"
                            + "[ \\t]*(?:(?<=\\s)#[^\\r\\n]*)?$",
                    Pattern.MULTILINE);

    private EnvFile() {}

    static Map<String, String> parse(String text) {
        var values = new LinkedHashMap<String, String>();
        Matcher line = LINE.matcher(text);
        while (line.find()) {
            String value =
                    line.group(2) != null
                            ? line.group(2).replace("\\n", "\n").replace("\\\"", "\"")
                            : line.group(3) != null ? line.group(3) : line.group(4);
            values.put(line.group(1), value);
        }
        return values;
    }
}
