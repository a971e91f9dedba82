package io.springline.cli;

import io.springline.client.local.AttachTarget;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A file with {@code mcpServers}, as hosts use it.
 *
 * @param servers the servers by name, in the order of the file
 * @param problems why entries cannot be used
 */
record ServersFile(Map<String, AttachTarget> servers, List<String> problems) {

    /**
     * Reads a file.
     *
     * @throws IOException if the file cannot be read, or is not JSON with {@code mcpServers}
     */
    static ServersFile read(Path file) throws IOException {
        JsonNode root;
        try {
            root = JsonMapper.shared().readTree(Files.readString(file));
        } catch (JacksonException e) {
            throw new IOException("it is not JSON: " + e.getOriginalMessage());
        }
        if (!(root.get("mcpServers") instanceof ObjectNode entries)) {
            throw new IOException("it has no object mcpServers");
        }
        var servers = new LinkedHashMap<String, AttachTarget>();
        var problems = new ArrayList<String>();
        entries.forEachEntry((name, entry) -> {
            try {
                servers.put(name, target(entry));
            } catch (IllegalArgumentException e) {
                problems.add("server '%s' is left out: %s".formatted(name, e.getMessage()));
            }
        });
        return new ServersFile(servers, List.copyOf(problems));
    }

    private static AttachTarget target(JsonNode entry) {
        if (entry.path("disabled").asBoolean(false)) {
            throw new IllegalArgumentException("it is disabled");
        }
        if (entry.path("url").isString()) {
            if (entry.has("headers")) {
                throw new IllegalArgumentException("headers are not supported");
            }
            return new AttachTarget.Url(URI.create(entry.path("url").stringValue()));
        }
        if (!entry.path("command").isString()) {
            throw new IllegalArgumentException("it has neither a command nor a url");
        }
        var command = new ArrayList<String>();
        command.add(entry.path("command").stringValue());
        entry.path("args").forEach(each -> command.add(each.asString()));
        var environment = new HashMap<String, String>();
        entry.path("env").forEachEntry((key, value) -> environment.put(key, value.asString()));
        JsonNode directory = entry.path("cwd");
        return new AttachTarget.Program(
                command,
                environment,
                directory.isString() ? Path.of(directory.stringValue()) : null);
    }
}
