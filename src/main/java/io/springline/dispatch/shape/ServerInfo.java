package io.springline.dispatch.shape;

import io.springline.mcp.ProtocolVersion;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The name and version of this server, as the {@code Implementation} that clients get. */
public record ServerInfo(String name, @Nullable String title, String version) {

    public ObjectNode json(ProtocolVersion protocol) {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("name", name);
        if (title != null && protocol.isAtLeast(ProtocolVersion.V2025_06_18)) {
            json.put("title", title);
        }
        return json.put("version", version);
    }
}
