package io.springline.relay.config;

import io.springline.config.InvalidConfigurationException;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reader for another MCP host's configuration file.
 *
 * <p>The file is JSON, with or without comments, trailing commas and a byte order mark; or YAML if
 * its name ends with {@code .yaml} or {@code .yml}. Servers are in {@code mcpServers}, {@code
 * servers} (VS Code), {@code mcp.servers} (VS Code's settings), {@code context_servers} (Zed),
 * {@code extensions} (Goose) or {@code mcp} (OpenCode). An entry that cannot be used is refused
 * with a reason; the other entries are not affected.
 */
public final class McpServersFile {

    private static final String PROPERTY = "springline.relay.config-file";
    private static final long MAX_SIZE = 16 << 20;
    private static final List<String> SECTIONS =
            List.of("mcpServers", "servers", "context_servers", "extensions", "mcp.servers");

    private static final String OPEN_CODE = "mcp";

    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
                    .enable(JsonReadFeature.ALLOW_TRAILING_COMMA)
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .build();

    /**
     * The servers of a file.
     *
     * @param upstreams by the name under which they are served
     * @param renamed the original names of renamed servers, by the new name
     * @param refused entries that cannot be used
     */
    public record Contents(
            Map<String, RelayProperties.Upstream> upstreams,
            Map<String, String> renamed,
            List<RefusedUpstream> refused) {}

    private final String option;
    private final Path file;
    private final Function<String, @Nullable String> variables;
    private final Function<String, @Nullable String> inputs;

    /**
     * Creates a reader; it does not open the file.
     *
     * @param variables returns the value of an environment variable or property, or null
     * @param inputs returns the value of a VS Code input, or null
     */
    public McpServersFile(
            Path file,
            Function<String, @Nullable String> variables,
            Function<String, @Nullable String> inputs) {
        this(PROPERTY, file, variables, inputs);
    }

    /**
     * Creates a reader; it does not open the file.
     *
     * @param option the property or option that names the file, for messages
     * @param variables returns the value of an environment variable or property, or null
     * @param inputs returns the value of a VS Code input, or null
     */
    public McpServersFile(
            String option,
            Path file,
            Function<String, @Nullable String> variables,
            Function<String, @Nullable String> inputs) {
        this.option = option;
        this.file = file;
        this.variables = variables;
        this.inputs = inputs;
    }

    /**
     * Returns the values of VS Code inputs by their ids. An environment variable cannot contain
     * every character of an id, so of names that differ only letters and digits are compared.
     */
    public static Function<String, @Nullable String> inputs(Map<String, String> given) {
        return id -> {
            String value = given.get(id);
            return value != null
                    ? value
                    : given.entrySet().stream()
                            .filter(each -> lettersOf(each.getKey()).equals(lettersOf(id)))
                            .map(Map.Entry::getValue)
                            .findFirst()
                            .orElse(null);
        };
    }

    private static String lettersOf(String id) {
        return id.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }

    /** Returns the end of the name of an environment variable that sets the input. */
    static String variable(String id) {
        return lettersOf(id).toUpperCase(Locale.ROOT);
    }

    /**
     * Reads the file.
     *
     * @param taken names of the upstreams that are configured by properties
     * @throws InvalidConfigurationException if the file cannot be read, or contains no servers
     */
    public Contents read(Set<String> taken) {
        JsonNode root = parsed(text());
        Map<String, ObjectNode> sections = sections(root);
        if (sections.isEmpty()) {
            throw invalid(
                    "has no servers: none of " + String.join(", ", SECTIONS),
                    "Write them as {\"mcpServers\": {\"NAME\": {\"command\": …}}}");
        }
        Map<String, String> defaults = inputDefaults(root);
        var entries =
                new McpServerEntry(
                        new HostPlaceholders(
                                workspace(),
                                variables,
                                id -> {
                                    String given = inputs.apply(id);
                                    return given != null ? given : defaults.get(id);
                                }));
        var usable = new LinkedHashMap<String, RelayProperties.Upstream>();
        var refused = new ArrayList<RefusedUpstream>();
        sections.forEach((section, servers) ->
                servers.forEachEntry((name, entry) -> {
                    try {
                        if (McpServerEntry.isSwitchedOff(entry) || isExcluded(root, name)) {
                            return;
                        }
                        RelayProperties.Upstream upstream = entries.read(entry);
                        if (section.equals(OPEN_CODE)) {
                            upstream =
                                    upstream.with(
                                            upstream.timeout(),
                                            HostToolFilter.withoutSwitchedOff(
                                                    upstream.tools(), name, root.path("tools")));
                        }
                        if (taken.contains(name)) {
                            throw new IllegalArgumentException(
                                    "springline.relay.upstreams has an upstream of this name");
                        }
                        if (usable.putIfAbsent(name, upstream) != null) {
                            throw new IllegalArgumentException(
                                    "the file has another server of this name");
                        }
                    } catch (IllegalArgumentException e) {
                        refused.add(
                                new RefusedUpstream(
                                        name,
                                        "%s, %s.%s: %s"
                                                .formatted(file, section, name, e.getMessage())));
                    }
                }));
        return named(usable, taken, refused);
    }

    /**
     * Returns the contents with valid names unchanged, and a free valid name for each other server.
     */
    private static Contents named(
            Map<String, RelayProperties.Upstream> usable,
            Set<String> taken,
            List<RefusedUpstream> refused) {
        var names = new UpstreamNames(taken);
        usable.keySet().stream().filter(UpstreamNames::isUsable).forEach(names::claim);
        var upstreams = new LinkedHashMap<String, RelayProperties.Upstream>();
        var renamed = new LinkedHashMap<String, String>();
        usable.forEach((name, upstream) -> {
            if (UpstreamNames.isUsable(name)) {
                upstreams.put(name, upstream);
            } else {
                String other = names.claim(name);
                upstreams.put(other, upstream);
                renamed.put(other, name);
            }
        });
        return new Contents(upstreams, renamed, List.copyOf(refused));
    }

    /**
     * Returns the folder of the file, or its parent if the folder is a hidden one such as {@code
     * .vscode}.
     */
    private Path workspace() {
        Path folder = file.toAbsolutePath().normalize().getParent();
        if (folder == null) {
            return Path.of("/");
        }
        Path above = folder.getParent();
        return above != null && String.valueOf(folder.getFileName()).startsWith(".")
                ? above
                : folder;
    }

    /** Returns the objects whose members are servers, by the path of the object in the file. */
    private static Map<String, ObjectNode> sections(JsonNode root) {
        var sections = new LinkedHashMap<String, ObjectNode>();
        for (String name : SECTIONS) {
            add(sections, name, root.path(name));
        }
        JsonNode mcp = root.path("mcp");
        add(sections, "mcp.servers", mcp.path("servers"));
        if (sections.isEmpty() && hasServers(mcp)) {
            add(sections, OPEN_CODE, mcp);
        }
        if (sections.isEmpty() && hasServers(root)) {
            add(sections, "", root);
        }
        return sections;
    }

    private static void add(Map<String, ObjectNode> sections, String name, JsonNode servers) {
        if (servers instanceof ObjectNode object) {
            sections.put(name, object);
        } else if (servers.isArray()) {
            // Continue: an array of servers, each with its name
            ObjectNode byName = JSON.createObjectNode();
            servers.forEach(each -> byName.set(unused(byName, each), each));
            sections.put(name, byName);
        }
    }

    /** Returns the name of the server, with a number at its end if another one has it too. */
    private static String unused(ObjectNode byName, JsonNode server) {
        String name = server.path("name").asString("server");
        String unique = name;
        for (int n = 2; byName.has(unique); n++) {
            unique = name + "-" + n;
        }
        return unique;
    }

    private static boolean hasServers(JsonNode node) {
        return node.isObject()
                && node.valueStream().anyMatch(each -> each.has("command") || each.has("url"));
    }

    /**
     * Returns true if Gemini CLI's {@code mcp.allowed} or {@code mcp.excluded} excludes the server.
     */
    private static boolean isExcluded(JsonNode root, String name) {
        JsonNode allowed = root.at("/mcp/allowed");
        return allowed.isArray() && !has(allowed, name) || has(root.at("/mcp/excluded"), name);
    }

    private static boolean has(JsonNode names, String name) {
        return names.valueStream().anyMatch(each -> each.asString("").equals(name));
    }

    /** Returns the default values that VS Code's {@code inputs} declare, by id. */
    private static Map<String, String> inputDefaults(JsonNode root) {
        var defaults = new LinkedHashMap<String, String>();
        for (String pointer : List.of("/inputs", "/mcp/inputs")) {
            for (JsonNode input : root.at(pointer)) {
                if (input.path("default").isString()) {
                    defaults.put(
                            input.path("id").asString(""), input.path("default").stringValue());
                }
            }
        }
        return defaults;
    }

    private String text() {
        try {
            if (Files.size(file) > MAX_SIZE) {
                throw invalid("is larger than 16 MB", "Name a file with MCP servers.");
            }
            return decoded(Files.readAllBytes(file));
        } catch (IOException e) {
            throw invalid(
                    Files.exists(file) ? "cannot be read" : "does not exist",
                    "Correct the path%s, or remove the property."
                            .formatted(
                                    file.isAbsolute()
                                            ? ""
                                            : " (it is relative to %s)"
                                                    .formatted(Path.of("").toAbsolutePath())));
        }
    }

    /**
     * Returns the text without its byte order mark. The mark selects UTF-16; otherwise the encoding
     * is UTF-8.
     */
    private static String decoded(byte[] bytes) {
        int first = bytes.length < 2 ? 0 : (bytes[0] & 0xff) << 8 | bytes[1] & 0xff;
        Charset charset =
                first == 0xfffe || first == 0xfeff
                        ? StandardCharsets.UTF_16
                        : StandardCharsets.UTF_8;
        String text = new String(bytes, charset);
        return text.startsWith("\ufeff") ? text.substring(1) : text;
    }

    private JsonNode parsed(String text) {
        String name = String.valueOf(file.getFileName());
        try {
            if (name.endsWith(".yaml") || name.endsWith(".yml")) {
                return JSON.valueToTree(yaml().load(text));
            }
            return JSON.readTree(text);
        } catch (JacksonException e) {
            // the message may quote a secret
            TokenStreamLocation at = e.getLocation();
            throw invalid(
                    at == null
                            ? "is not JSON"
                            : "is not JSON: line %d, column %d"
                                    .formatted(at.getLineNr(), at.getColumnNr()),
                    "Correct the file at or before this position.");
        } catch (MarkedYAMLException e) {
            throw invalid(
                    e.getProblemMark() == null
                            ? "is not YAML"
                            : "is not YAML: line " + (e.getProblemMark().getLine() + 1),
                    "Correct the file at or before this position.");
        } catch (YAMLException | IllegalArgumentException e) {
            throw invalid("is not YAML", "Correct the file.");
        }
    }

    private static Yaml yaml() {
        var options = new LoaderOptions();
        var unused = new DumperOptions();
        return new Yaml(
                new SafeConstructor(options),
                new Representer(unused),
                unused,
                options,
                new Yaml12Scalars());
    }

    /**
     * Scalars of YAML 1.2, as Goose reads them, except that decimals are text: {@code yes}, {@code
     * 0644}, {@code 80:80} and dates are text, too.
     */
    private static final class Yaml12Scalars extends Resolver {

        @Override
        protected void addImplicitResolvers() {
            addImplicitResolver(Tag.MERGE, MERGE, "<");
            addImplicitResolver(
                    Tag.BOOL, Pattern.compile("true|True|TRUE|false|False|FALSE"), "tTfF");
            addImplicitResolver(Tag.NULL, Pattern.compile("~|null|Null|NULL"), "~nN");
            addImplicitResolver(Tag.NULL, EMPTY, null);
            addImplicitResolver(Tag.INT, Pattern.compile("0|[-+]?[1-9][0-9]*"), "-+0123456789");
        }
    }

    private InvalidConfigurationException invalid(String problem, String action) {
        return new InvalidConfigurationException(
                "%s: the file %s %s".formatted(option, file, problem), action);
    }
}
