package io.springline.relay.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Resolves the placeholders that MCP hosts document for their configuration files.
 *
 * <table>
 * <caption>Placeholders</caption>
 * <tr><td>{@code ${NAME}}, {@code ${NAME:-default}}</td><td>Claude Code, Gemini CLI, Goose</td></tr>
 * <tr><td>{@code ${env:NAME}}</td><td>Cursor, VS Code, Windsurf</td></tr>
 * <tr><td>{@code {env:NAME}}, {@code {file:path}}</td><td>OpenCode</td></tr>
 * <tr><td>{@code ${input:id}}</td><td>VS Code</td></tr>
 * <tr><td>{@code ${userHome}}, {@code ${workspaceFolder}} and similar</td><td>Cursor, VS Code</td></tr>
 * <tr><td>{@code ${file:path}}</td><td>Windsurf</td></tr>
 * <tr><td>{@code $NAME}, {@code %NAME%}, in values that may hold a secret</td><td>Gemini CLI</td></tr>
 * </table>
 *
 * <p>Replacement is not recursive. A placeholder that has no value or an unknown form is an error:
 * its text is never passed on.
 */
final class HostPlaceholders {

    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]*");

    /** Matches the start of {@code ${…}}, or the whole of one of the other two forms. */
    private static final Pattern PLACEHOLDER =
            Pattern.compile(
                    "\\$\\{"
                            + "|(?<mustache>\\{\\{[^{}]*}})"
                            + "|\\{(?<key>(?:env|file):[^{}]+)}"
                            + "|(?<![A-Za-z0-9_$])(?<inside>(?<=\\S))?\\$(?<bare>[A-Za-z_][A-Za-z0-9_]*)"
                            + "|(?<!\\S)%(?<percent>[A-Za-z_][A-Za-z0-9_]{2,})%(?!\\S)");

    /** The places that a text can stand in: they differ in what counts as a placeholder. */
    private enum Place {
        ANY,
        VARIABLE,
        HEADER;

        boolean reads(String bareName) {
            return this == HEADER
                    || this == VARIABLE && bareName.equals(bareName.toUpperCase(Locale.ROOT));
        }
    }

    private static final long MAX_FILE_SIZE = 64 << 10;

    private final Map<String, String> predefined;
    private final Path workspace;
    private final Function<String, @Nullable String> variables;
    private final Function<String, @Nullable String> inputs;

    /**
     * Creates a resolver.
     *
     * @param workspace the folder that the workspace placeholders resolve to
     * @param variables returns the value of an environment variable or property, or null
     * @param inputs returns the value of a VS Code input, or null
     */
    HostPlaceholders(
            Path workspace,
            Function<String, @Nullable String> variables,
            Function<String, @Nullable String> inputs) {
        this.workspace = workspace;
        this.variables = variables;
        this.inputs = inputs;
        Path name = workspace.getFileName();
        this.predefined =
                Map.of(
                        "workspaceFolder", workspace.toString(),
                        "workspaceRoot", workspace.toString(),
                        "workspaceFolderBasename", name == null ? "" : name.toString(),
                        "userHome", home(),
                        "cwd", Path.of("").toAbsolutePath().toString(),
                        "pathSeparator", "/",
                        "/", "/");
    }

    /** Returns a resolver that looks up variables in {@code first} before all other sources. */
    HostPlaceholders preferring(Map<String, String> first) {
        return new HostPlaceholders(
                workspace,
                name -> first.containsKey(name) ? first.get(name) : variables.apply(name),
                inputs);
    }

    /**
     * Returns the text with each placeholder replaced; {@code $NAME} and {@code %NAME%} stay.
     *
     * @throws IllegalArgumentException if a placeholder has no value; the message names it
     */
    String resolve(String text) {
        return resolve(text, Place.ANY);
    }

    /**
     * Returns the value of an environment variable with each placeholder replaced, {@code $NAME} in
     * upper case and {@code %NAME%} included.
     *
     * @throws IllegalArgumentException if a placeholder has no value; the message names it
     */
    String resolveVariable(String text) {
        return resolve(text, Place.VARIABLE);
    }

    /**
     * Returns the value of a header with each placeholder replaced, {@code $name} and {@code
     * %name%} included.
     *
     * @throws IllegalArgumentException if a placeholder has no value; the message names it
     */
    String resolveHeader(String text) {
        return resolve(text, Place.HEADER);
    }

    /**
     * Returns the path that the text names: {@code ~/} is the home folder, and a relative path
     * starts at the workspace.
     */
    Path path(String text) {
        return workspace.resolve(withHome(text)).normalize();
    }

    static String withHome(String path) {
        return path.equals("~") || path.startsWith("~/") ? home() + path.substring(1) : path;
    }

    private String resolve(String text, Place place) {
        var result = new StringBuilder();
        Matcher placeholder = PLACEHOLDER.matcher(text);
        int from = 0;
        while (placeholder.find(from)) {
            result.append(text, from, placeholder.start());
            from = placeholder.end();
            if (placeholder.group().equals("${")) {
                from = end(text, placeholder.start());
                result.append(value(text.substring(placeholder.start() + 2, from - 1)));
            } else {
                result.append(value(placeholder, place));
            }
        }
        return result.append(text.substring(from)).toString();
    }

    /** Returns the value of a placeholder without {@code ${}, or its text if it counts as text. */
    private String value(Matcher placeholder, Place place) {
        String key = placeholder.group("key");
        String bare = placeholder.group("bare");
        String percent = placeholder.group("percent");
        if (key != null) {
            return value(key);
        }
        if (bare != null && place.reads(bare)) {
            if (placeholder.group("inside") != null && lookUp(bare) == null) {
                // within a word: it is not shown, since it may be a part of a secret
                throw new IllegalArgumentException(
                        "a name after $ within a word is not that of an environment variable");
            }
            return value(bare);
        }
        if (percent != null && place.reads(percent)) {
            return value(percent);
        }
        if (place == Place.HEADER) {
            throw new IllegalArgumentException("a placeholder {{…}} has an unknown form");
        }
        return placeholder.group();
    }

    /** Returns the index after the placeholder that begins at {@code start}. */
    private static int end(String text, int start) {
        int depth = 0;
        for (int i = start; i < text.length(); i++) {
            if (text.startsWith("${", i)) {
                depth++;
                i++;
            } else if (text.charAt(i) == '}' && --depth == 0) {
                return i + 1;
            }
        }
        throw new IllegalArgumentException("a placeholder has ${ but no }");
    }

    private String value(String body) {
        int colon = body.indexOf(":-");
        String key = colon < 0 ? body : body.substring(0, colon);
        String found = lookUp(key);
        if (found != null) {
            return found;
        }
        if (colon < 0) {
            throw new IllegalArgumentException(unknown(key));
        }
        return resolve(body.substring(colon + 2), Place.ANY);
    }

    /**
     * Returns the error for a key that has no value. The error is logged, so it repeats the key
     * only if the key looks like a name: the braces may hold a secret by mistake.
     */
    private static String unknown(String key) {
        if (!key.matches("[A-Za-z0-9_.:/~-]{1,64}")) {
            return "a placeholder ${…} has an unknown form";
        }
        String hint =
                key.startsWith("input:")
                        ? "set springline.relay.inputs.%s, or the environment variable SPRINGLINE_RELAY_INPUTS_%s"
                                .formatted(
                                        key.substring(6), McpServersFile.variable(key.substring(6)))
                        : key.matches("(env:)?[A-Za-z_][A-Za-z0-9_]*")
                                ? "set the environment variable %s"
                                        .formatted(key.substring(key.indexOf(':') + 1))
                                : "it is unknown or cannot be read";
        return "${%s} has no value: %s".formatted(key, hint);
    }

    private @Nullable String lookUp(String key) {
        if (predefined.containsKey(key)) {
            return predefined.get(key);
        }
        int colon = key.indexOf(':');
        if (colon < 0) {
            return NAME.matcher(key).matches() ? variables.apply(key) : null;
        }
        String argument = key.substring(colon + 1);
        return switch (key.substring(0, colon)) {
            case "env" -> variables.apply(argument);
            case "input" -> inputs.apply(argument);
            case "file" -> content(argument);
            // an editor may have several folders open; here there is one
            case "workspaceFolder" -> workspace.toString();
            default -> null;
        };
    }

    private @Nullable String content(String name) {
        try {
            Path file = path(name);
            return Files.size(file) > MAX_FILE_SIZE ? null : Files.readString(file).strip();
        } catch (IOException | RuntimeException e) {
            return null;
        }
    }

    private static String home() {
        return System.getProperty("user.home");
    }
}
