package io.springline.relay.config;

import io.springline.relay.config.RelayProperties.Transport;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads one server entry of an {@link McpServersFile}, in the format of any known host.
 *
 * <p>It ignores members that only concern the host. An error names the member, never its value.
 */
final class McpServerEntry {

    /** Types of Goose's built-in extensions, which are not MCP servers. */
    private static final Set<String> BUILT_IN =
            Set.of("builtin", "platform", "frontend", "inlinepython");

    /**
     * Members that hold the URL: {@code httpUrl} in Gemini CLI, {@code serverUrl} in Windsurf,
     * {@code uri} in Goose. The first present one counts.
     */
    private static final List<String> URLS = List.of("httpUrl", "serverUrl", "url", "uri");

    private static final List<String> COMMANDS = List.of("command", "cmd");

    /** Members that hold environment variables: VS Code, Goose, OpenCode. */
    private static final List<String> ENVIRONMENTS = List.of("env", "envs", "environment");

    /** Smaller timeouts are in seconds (Cline, Goose, Zed), others in milliseconds (Gemini CLI). */
    private static final BigDecimal FIRST_MILLIS = BigDecimal.valueOf(5000);

    private static final Duration LONGEST_TIMEOUT = Duration.ofDays(1);

    private static final Pattern WORD =
            Pattern.compile("(?:\\$\\{[^}]*}|\"[^\"]*\"|'[^']*'|[^\\s\"'])++");

    private final HostPlaceholders placeholders;

    McpServerEntry(HostPlaceholders placeholders) {
        this.placeholders = placeholders;
    }

    /**
     * Returns true if the entry is disabled, or is a built-in part of the host.
     *
     * @throws IllegalArgumentException if the entry does not say clearly whether it is disabled
     */
    static boolean isSwitchedOff(JsonNode entry) {
        return isOn(entry, "disabled", false)
                || !isOn(entry, "enabled", true)
                || BUILT_IN.contains(simplified(entry.path("type").asString("")));
    }

    /**
     * Returns the boolean value of a member, in one of the spellings that people write.
     *
     * @throws IllegalArgumentException if it has another value
     */
    static boolean isOn(JsonNode entry, String member, boolean otherwise) {
        JsonNode value = entry.path(member);
        if (value.isMissingNode() || value.isNull()) {
            return otherwise;
        }
        return switch (value.asString("").strip().toLowerCase(Locale.ROOT)) {
            case "true", "yes", "on", "1" -> true;
            case "false", "no", "off", "0" -> false;
            default -> throw new IllegalArgumentException(member + ": must be true or false");
        };
    }

    /**
     * Returns the upstream that the entry describes.
     *
     * @throws IllegalArgumentException if the entry cannot be used; the message names the member
     *     and the reason
     */
    RelayProperties.Upstream read(JsonNode json) {
        if (!(json instanceof ObjectNode object)) {
            throw new IllegalArgumentException("must be an object");
        }
        ObjectNode entry = flattened(object);
        String command = present(entry, COMMANDS);
        String url = present(entry, URLS);
        Transport transport = transport(entry, command, url);
        RelayProperties.Upstream upstream =
                transport == Transport.STDIO
                        ? process(entry, String.valueOf(command))
                        : http(transport, entry, String.valueOf(url));
        Duration timeout = timeout(entry.path("timeout"));
        upstream =
                upstream.with(
                        timeout == null ? upstream.timeout() : timeout, HostToolFilter.read(entry));
        upstream.check();
        return upstream;
    }

    private static Transport transport(
            ObjectNode entry, @Nullable String command, @Nullable String url) {
        String type = text(entry, "type");
        Transport transport =
                switch (simplified(type == null ? "" : type)) {
                    case "" -> {
                        if (command != null && url != null) {
                            throw new IllegalArgumentException(
                                    "has both %s and %s, and no type".formatted(command, url));
                        }
                        yield command != null ? Transport.STDIO : guessed(String.valueOf(url));
                    }
                    case "stdio", "local" -> Transport.STDIO;
                    // VS Code also falls back to SSE with this type
                    case "http", "remote" -> Transport.AUTO;
                    case "streamablehttp" -> Transport.HTTP;
                    case "sse" -> Transport.SSE;
                    default ->
                            throw new IllegalArgumentException("type: must be stdio, http or sse");
                };
        if (command == null && url == null) {
            throw new IllegalArgumentException("has neither command nor url");
        }
        if (transport == Transport.STDIO && command == null) {
            throw new IllegalArgumentException("type stdio needs a command");
        }
        if (transport != Transport.STDIO && url == null) {
            throw new IllegalArgumentException("its type needs a url");
        }
        return transport;
    }

    /**
     * Returns the transport for a URL without a type: Streamable HTTP for Gemini CLI's {@code
     * httpUrl}, otherwise Streamable HTTP with fallback to SSE.
     */
    private static Transport guessed(String urlMember) {
        return urlMember.equals("httpUrl") ? Transport.HTTP : Transport.AUTO;
    }

    private RelayProperties.Upstream process(ObjectNode entry, String command) {
        String cwd = text(entry, "cwd");
        Path folder =
                cwd == null ? null : placeholders.path(resolved("cwd", cwd, placeholders::resolve));
        List<String> line = new ArrayList<>();
        JsonNode value = entry.path(command);
        if (value.isArray()) {
            line.addAll(texts(command, value));
        } else {
            line.addAll(command(command, String.valueOf(text(entry, command)), folder));
        }
        if (line.isEmpty() || line.getFirst().isBlank()) {
            throw new IllegalArgumentException(command + ": is empty");
        }
        JsonNode args = entry.path("args");
        line.addAll(args.isString() ? words("args", args.stringValue()) : texts("args", args));
        return RelayProperties.Upstream.process(
                HostPlaceholders.withHome(line.getFirst()),
                List.copyOf(line.subList(1, line.size())),
                environment(entry),
                folder);
    }

    /**
     * Returns the words of a command that may contain its arguments. If a file has that name, the
     * whole text is the command.
     */
    private List<String> command(String member, String text, @Nullable Path folder) {
        String whole = resolved(member, text, placeholders::resolve);
        Path file = Path.of(folder == null ? "" : folder.toString()).resolve(whole);
        return whole.equals(whole.strip()) && !whole.contains(" ") || Files.exists(file)
                ? List.of(whole)
                : words(member, text);
    }

    /**
     * Splits the line before it resolves placeholders, so that a value with spaces stays one word.
     */
    private List<String> words(String member, String line) {
        var words = new ArrayList<String>();
        Matcher word = WORD.matcher(line);
        while (word.find()) {
            String plain = word.group().replaceAll("(\\$\\{[^}]*})|[\"']", "$1");
            words.add(resolved(member, plain, placeholders::resolve));
        }
        return words;
    }

    private RelayProperties.Upstream http(Transport transport, ObjectNode entry, String member) {
        HostPlaceholders withEnv =
                entry.has("envs") ? placeholders.preferring(environment(entry)) : placeholders;
        String url =
                resolved(member, String.valueOf(text(entry, member)), withEnv::resolve).strip();
        Map<String, String> headers = map(entry, "headers", ":", withEnv);
        try {
            return RelayProperties.Upstream.http(transport, new URI(url), headers);
        } catch (java.net.URISyntaxException e) {
            // the message contains the URL, which may hold a secret
            throw new IllegalArgumentException(member + ": is not a URL");
        }
    }

    private Map<String, String> environment(ObjectNode entry) {
        var values = new LinkedHashMap<String, String>();
        String file = text(entry, "envFile");
        if (file != null) {
            values.putAll(
                    envFile(placeholders.path(resolved("envFile", file, placeholders::resolve))));
        }
        // Goose reads these from its keyring
        for (String name : texts("env_keys", entry.path("env_keys"))) {
            values.put(name, resolved("env_keys", "${" + name + "}", placeholders::resolve));
        }
        String member = present(entry, ENVIRONMENTS);
        if (member != null) {
            values.putAll(map(entry, member, "=", placeholders));
        }
        return values;
    }

    private static Map<String, String> envFile(Path file) {
        try {
            return EnvFile.parse(Files.readString(file));
        } catch (IOException e) {
            throw new IllegalArgumentException("envFile: cannot be read");
        }
    }

    private static @Nullable Duration timeout(JsonNode value) {
        if (!value.isNumber() || value.decimalValue().signum() <= 0) {
            return null;
        }
        BigDecimal number = value.decimalValue();
        BigDecimal millis =
                number.compareTo(FIRST_MILLIS) < 0 ? number.scaleByPowerOfTen(3) : number;
        return Duration.ofMillis(
                millis.min(BigDecimal.valueOf(LONGEST_TIMEOUT.toMillis())).longValue());
    }

    /**
     * Returns a copy in which the members of a {@code transport} object, or of a {@code command}
     * object (Zed), are members of the entry.
     */
    private static ObjectNode flattened(ObjectNode entry) {
        ObjectNode flat = entry.deepCopy();
        if (flat.path("transport") instanceof ObjectNode transport) {
            flat.setAll(transport);
        } else if (flat.path("transport").isString() && !flat.has("type")) {
            flat.set("type", flat.path("transport"));
        }
        if (flat.path("command") instanceof ObjectNode command) {
            flat.remove("command");
            command.forEachEntry(
                    (name, value) -> flat.set(name.equals("path") ? "command" : name, value));
        }
        for (List<String> members : List.of(COMMANDS, URLS)) {
            members.stream()
                    .filter(member -> flat.path(member).asString("").isBlank())
                    .filter(member -> !flat.path(member).isContainer())
                    .forEach(flat::remove);
        }
        return flat;
    }

    private static @Nullable String present(ObjectNode entry, List<String> members) {
        return members.stream()
                .filter(member -> !isAbsent(entry.path(member)))
                .findFirst()
                .orElse(null);
    }

    private static @Nullable String text(ObjectNode entry, String member) {
        JsonNode value = entry.path(member);
        if (!value.isString() && !isAbsent(value)) {
            throw new IllegalArgumentException(member + ": must be a string");
        }
        return value.isString() ? value.stringValue() : null;
    }

    private List<String> texts(String member, JsonNode values) {
        if (!values.isArray() && !isAbsent(values)) {
            throw new IllegalArgumentException(member + ": must be an array of strings");
        }
        return values.valueStream()
                .filter(each -> !each.isNull())
                .map(each -> resolved(member, scalar(member, each), placeholders::resolve))
                .toList();
    }

    /**
     * Returns the members of an object, or the pairs in an array of strings such as {@code
     * NAME=value}.
     */
    private static Map<String, String> map(
            ObjectNode entry, String member, String separator, HostPlaceholders placeholders) {
        var values = new LinkedHashMap<String, String>();
        JsonNode json = entry.path(member);
        UnaryOperator<String> resolver =
                separator.equals(":") ? placeholders::resolveHeader : placeholders::resolveVariable;
        if (json.isArray()) {
            for (JsonNode each : json) {
                String[] pair = scalar(member, each).split(separator, 2);
                if (pair.length < 2) {
                    throw new IllegalArgumentException(
                            "%s: must be an object of strings".formatted(member));
                }
                String key = pair[0].strip();
                values.put(
                        key,
                        resolved(
                                member + "." + key,
                                separator.equals(":") ? pair[1].strip() : pair[1],
                                resolver));
            }
        } else if (json.isObject()) {
            json.forEachEntry((name, value) -> {
                if (!value.isNull()) {
                    String key = member + "." + name;
                    values.put(name, resolved(key, scalar(key, value), resolver));
                }
            });
        } else if (!isAbsent(json)) {
            throw new IllegalArgumentException(
                    "%s: must be an object of strings".formatted(member));
        }
        return values;
    }

    private static boolean isAbsent(JsonNode value) {
        return value.isMissingNode() || value.isNull();
    }

    /** Returns a string as it is, and a number or boolean as text. */
    private static String scalar(String member, JsonNode value) {
        if (value.isString()) {
            return value.stringValue();
        }
        if (value.isNumber()) {
            return value.decimalValue().toPlainString();
        }
        if (value.isBoolean()) {
            return String.valueOf(value.booleanValue());
        }
        throw new IllegalArgumentException(member + ": must be a string");
    }

    private static String resolved(String member, String value, UnaryOperator<String> resolver) {
        try {
            return resolver.apply(value);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("%s: %s".formatted(member, e.getMessage()));
        }
    }

    /**
     * Returns the type in lower case, letters only: {@code streamable-http}, {@code streamableHttp}
     * and {@code streamable_http} are equal.
     */
    private static String simplified(String type) {
        return type.toLowerCase(Locale.ROOT).replaceAll("[^a-z]", "");
    }
}
