package io.springline.cli;

import io.springline.client.local.AttachTarget;
import io.springline.config.InvalidConfigurationException;
import io.springline.relay.config.McpServersFile;
import io.springline.relay.config.RelayProperties;
import io.springline.relay.config.RelayProperties.Transport;
import io.springline.relay.config.ToolFilter;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The servers of an MCP host's configuration file, read as {@link McpServersFile} reads it.
 *
 * @param servers the servers by the name under which they are attached, in the order of the file
 * @param notes entries that cannot be used, with the reason, and entries with another name
 */
record ServersFile(Map<String, AttachTarget> servers, List<String> notes) {

    private static final String INPUT = "SPRINGLINE_RELAY_INPUTS_";

    /**
     * Reads a file.
     *
     * @param variables the environment variables
     * @throws IOException if the file cannot be read, or contains no servers
     */
    static ServersFile read(Path file, Map<String, String> variables) throws IOException {
        McpServersFile.Contents contents;
        try {
            contents =
                    new McpServersFile(
                                    "--config",
                                    file,
                                    variables::get,
                                    McpServersFile.inputs(inputs(variables)))
                            .read(Set.of());
        } catch (InvalidConfigurationException e) {
            throw new IOException(e.getMessage(), e);
        }
        var servers = new LinkedHashMap<String, AttachTarget>();
        var notes = new ArrayList<String>();
        contents.refused().forEach(each -> notes.add(leftOut(each.name(), each.reason())));
        contents.upstreams()
                .forEach((name, upstream) -> {
                    String original = contents.renamed().getOrDefault(name, name);
                    try {
                        servers.put(name, target(upstream));
                        if (!original.equals(name)) {
                            notes.add("server '%s' is attached as '%s'".formatted(original, name));
                        }
                    } catch (IllegalArgumentException e) {
                        notes.add(leftOut(original, "%s: %s".formatted(file, e.getMessage())));
                    }
                });
        return new ServersFile(servers, List.copyOf(notes));
    }

    private static Map<String, String> inputs(Map<String, String> variables) {
        var inputs = new LinkedHashMap<String, String>();
        variables.forEach((name, value) -> {
            if (name.startsWith(INPUT)) {
                inputs.put(name.substring(INPUT.length()), value);
            }
        });
        return inputs;
    }

    private static String leftOut(String name, String reason) {
        return "server '%s' is left out: %s".formatted(name, reason);
    }

    private static AttachTarget target(RelayProperties.Upstream upstream) {
        if (!upstream.tools().equals(ToolFilter.ALL)) {
            throw new IllegalArgumentException(
                    "its entry leaves tools out, which attach cannot do: remove the lists of tools");
        }
        if (upstream.transport() == Transport.SSE) {
            throw new IllegalArgumentException("type sse is not supported");
        }
        if (!upstream.headers().isEmpty()) {
            throw new IllegalArgumentException("headers and user info are not supported");
        }
        URI url = upstream.url();
        if (url != null) {
            return new AttachTarget.Url(url);
        }
        var command = new ArrayList<String>();
        command.add(String.valueOf(upstream.command()));
        command.addAll(upstream.args());
        return new AttachTarget.Program(command, upstream.env(), upstream.cwd());
    }
}
