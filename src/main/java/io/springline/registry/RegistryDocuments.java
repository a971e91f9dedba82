package io.springline.registry;

import io.springline.mcp.ProtocolVersion;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Builds the registry documents: {@code server.json} and the server card.
 *
 * @param name the name in reverse-DNS form
 * @param title the name to display, or null
 * @param endpoint the HTTP URL of the main endpoint, {@code https://…/mcp}
 * @param needsToken true if clients need a configured token, which they cannot get by OAuth
 * @see <a href="https://modelcontextprotocol.io/registry">MCP Registry</a>
 * @see <a href="https://github.com/modelcontextprotocol/experimental-ext-server-card">SEP-2127</a>
 */
record RegistryDocuments(
        String name,
        String description,
        @Nullable String title,
        String version,
        @Nullable String websiteUrl,
        RegistryProperties.@Nullable Repository repository,
        String endpoint,
        boolean needsToken) {

    private static final String SCHEMAS = "https://static.modelcontextprotocol.io/schemas/";
    private static final String SERVER_SCHEMA = SCHEMAS + "2025-12-11/server.schema.json";
    private static final String CARD_SCHEMA = SCHEMAS + "v1/server-card.schema.json";

    /** The key in {@code _meta} that the registry reserves for data of the publisher. */
    private static final String PUBLISHER = "io.modelcontextprotocol.registry/publisher-provided";

    private static final String WEBSOCKET = "io.springline/websocket";

    /** The revisions that the endpoint serves by Streamable HTTP: all but 2024-11-05. */
    private static final List<String> VERSIONS =
            ProtocolVersion.SUPPORTED.stream()
                    .filter(version -> !version.equals(ProtocolVersion.V2024_11_05.wireName()))
                    .toList();

    /** Returns {@code server.json}, the entry for the MCP registry. */
    Map<String, Object> serverJson() {
        Map<String, Object> json = identity(SERVER_SCHEMA);
        json.put("remotes", List.of(remote()));
        json.put("_meta", Map.of(PUBLISHER, Map.of("websocket", webSocketUrl())));
        return json;
    }

    /** Returns the server card, which tells clients how to connect. */
    Map<String, Object> serverCard() {
        Map<String, Object> json = identity(CARD_SCHEMA);
        Map<String, Object> remote = remote();
        remote.put("supportedProtocolVersions", VERSIONS);
        json.put("remotes", List.of(remote));
        json.put("_meta", Map.of(WEBSOCKET, Map.of("url", webSocketUrl(), "subprotocol", "mcp")));
        return json;
    }

    private Map<String, Object> identity(String schema) {
        var json = new LinkedHashMap<String, Object>();
        json.put("$schema", schema);
        json.put("name", name);
        if (title != null) {
            json.put("title", title);
        }
        json.put("description", description);
        json.put("version", version);
        if (websiteUrl != null) {
            json.put("websiteUrl", websiteUrl);
        }
        if (repository != null) {
            json.put("repository", Map.of("url", repository.url(), "source", repository.source()));
        }
        return json;
    }

    private Map<String, Object> remote() {
        var remote = new LinkedHashMap<String, Object>();
        remote.put("type", "streamable-http");
        remote.put("url", endpoint);
        if (needsToken) {
            var header = new LinkedHashMap<String, Object>();
            header.put("name", "Authorization");
            header.put("description", "'Bearer ' followed by a token of this server");
            header.put("isRequired", true);
            header.put("isSecret", true);
            remote.put("headers", List.of(header));
        }
        return remote;
    }

    private String webSocketUrl() {
        return endpoint.replaceFirst("^http", "ws");
    }
}
