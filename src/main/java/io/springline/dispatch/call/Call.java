package io.springline.dispatch.call;

import io.springline.jsonrpc.RequestId;
import io.springline.mcp.ClientCapabilities;
import io.springline.mcp.ExtensionMethods;
import io.springline.mcp.LogLevel;
import io.springline.mcp.McpMethod;
import io.springline.mcp.ProtocolVersion;
import io.springline.session.McpSession;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A request that the {@code RequestResolver} has accepted: its method, its protocol revision, and
 * what its client declared. Code that serves it need not distinguish legacy and modern requests.
 *
 * @param name the method's name as sent
 * @param params the params, an empty object if absent; must not be modified
 * @param meta the {@code _meta} of the params, an empty object if absent; must not be modified
 * @param logLevel the lowest level of log messages to send for this request, or null for none
 * @param progressToken the token for progress notifications, or null if the client wants none
 */
public record Call(
        McpSession session,
        McpMethod method,
        String name,
        ProtocolVersion version,
        ClientCapabilities capabilities,
        @Nullable ObjectNode clientInfo,
        ObjectNode params,
        ObjectNode meta,
        @Nullable LogLevel logLevel,
        @Nullable RequestId progressToken) {

    /** Returns the {@code subscriptions/listen} of a session that another node owned. */
    static Call listening(McpSession session) {
        ObjectNode capabilities = JsonNodeFactory.instance.objectNode();
        capabilities.putObject("extensions").putObject(ExtensionMethods.TASKS);
        return new Call(
                session,
                McpMethod.LISTEN,
                McpMethod.LISTEN.wireName(),
                ProtocolVersion.MODERN,
                new ClientCapabilities(capabilities),
                null,
                JsonNodeFactory.instance.objectNode(),
                JsonNodeFactory.instance.objectNode(),
                null,
                null);
    }

    /** Returns true if the request declares that its client can take tasks. */
    public boolean takesTasks() {
        return version.isModern() && capabilities.extension(ExtensionMethods.TASKS);
    }

    /** Returns the call with other params, and the same {@code _meta}. */
    public Call withParams(ObjectNode changed) {
        return new Call(
                session,
                method,
                name,
                version,
                capabilities,
                clientInfo,
                changed,
                meta,
                logLevel,
                progressToken);
    }
}
