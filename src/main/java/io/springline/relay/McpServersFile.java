package io.springline.relay;

import io.springline.relay.RelayProperties.Transport;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads the {@code mcpServers} file of other MCP hosts: {@code command}, {@code args}, {@code env},
 * {@code cwd}, or {@code url} and {@code headers}; an entry with {@code "disabled": true} is passed
 * over, members that other hosts add are ignored. {@code ${NAME}} stands for an environment
 * variable or property.
 */
final class McpServersFile {

    private final Path file;
    private final UnaryOperator<String> placeholders;

    /**
     * @param placeholders resolves {@code ${…}}; throws IllegalArgumentException for an unknown
     *     name
     */
    McpServersFile(Path file, UnaryOperator<String> placeholders) {
        this.file = file;
        this.placeholders = placeholders;
    }

    /**
     * @throws IllegalArgumentException naming the file, the key and the reason
     */
    Map<String, RelayProperties.Upstream> read() {
        JsonNode servers = tree().path("mcpServers");
        if (!servers.isObject()) {
            throw wrong("mcpServers", "is missing or no object");
        }
        var upstreams = new LinkedHashMap<String, RelayProperties.Upstream>();
        servers.forEachEntry((name, entry) -> {
            String key = "mcpServers." + name;
            if (!entry.isObject()) {
                throw wrong(key, "must be an object");
            }
            if (!entry.path("disabled").asBoolean(false)) {
                upstreams.put(name, upstream(key, entry));
            }
        });
        return upstreams;
    }

    private RelayProperties.Upstream upstream(String key, JsonNode entry) {
        String type = entry.path("type").asString(entry.path("transport").asString(""));
        String command = text(key, entry, "command");
        String url = text(key, entry, entry.has("serverUrl") ? "serverUrl" : "url");
        if ((command == null) == (url == null)) {
            throw wrong(key, "either command or url is needed");
        }
        if (command != null) {
            String cwd = text(key, entry, "cwd");
            return RelayProperties.Upstream.process(
                    command,
                    texts(key, entry),
                    map(key, entry, "env"),
                    cwd == null ? null : Path.of(cwd));
        }
        try {
            return RelayProperties.Upstream.http(
                    type.equals("sse") ? Transport.SSE : Transport.HTTP,
                    URI.create(String.valueOf(url)),
                    map(key, entry, "headers"));
        } catch (IllegalArgumentException e) {
            throw wrong(key + ".url", "is no URL");
        }
    }

    private JsonNode tree() {
        try {
            return new JsonMapper().readTree(Files.readString(file));
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "springline.relay.config-file: cannot read %s".formatted(file), e);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    "springline.relay.config-file: %s is not JSON: %s"
                            .formatted(file, e.getOriginalMessage()),
                    e);
        }
    }

    private @Nullable String text(String key, JsonNode entry, String member) {
        JsonNode value = entry.get(member);
        if (value == null || value.isNull()) {
            return null;
        }
        if (!value.isString()) {
            throw wrong(key + "." + member, "must be a string");
        }
        return resolved(key + "." + member, value.stringValue());
    }

    private List<String> texts(String key, JsonNode entry) {
        var values = new ArrayList<String>();
        for (JsonNode value : entry.path("args")) {
            if (!value.isString()) {
                throw wrong(key + ".args", "must be an array of strings");
            }
            values.add(resolved(key + ".args", value.stringValue()));
        }
        return values;
    }

    private Map<String, String> map(String key, JsonNode entry, String member) {
        var values = new LinkedHashMap<String, String>();
        entry.path(member)
                .forEachEntry((name, value) -> {
                    if (!value.isValueNode() || value.isNull()) {
                        throw wrong(key + "." + member + "." + name, "must be a string");
                    }
                    values.put(name, resolved(key + "." + member + "." + name, value.asString()));
                });
        return values;
    }

    private String resolved(String key, String value) {
        try {
            return placeholders.apply(value.replace("${env:", "${"));
        } catch (IllegalArgumentException e) {
            throw wrong(key, "a ${…} in it is not set");
        }
    }

    private IllegalArgumentException wrong(String key, String reason) {
        return new IllegalArgumentException(
                "springline.relay.config-file: %s, %s: %s".formatted(file, key, reason));
    }
}
