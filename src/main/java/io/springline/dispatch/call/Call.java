package io.springline.dispatch.call;

import io.springline.jsonrpc.RequestId;
import io.springline.mcp.ClientCapabilities;
import io.springline.mcp.LogLevel;
import io.springline.mcp.McpMethod;
import io.springline.mcp.ProtocolVersion;
import io.springline.session.McpSession;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A request that has passed the {@code RequestResolver}: what is asked, in which revision, by a
 * client that can do what. From here on nobody looks at eras to find out who is talking.
 *
 * @param params empty when absent; not to be changed
 * @param meta the {@code _meta} of the params, empty when absent; not to be changed
 * @param logLevel from which level on this request wants log messages, or null for none
 * @param progressToken under which it wants progress, or null for none
 */
public record Call(
        McpSession session,
        McpMethod method,
        ProtocolVersion version,
        ClientCapabilities capabilities,
        @Nullable ObjectNode clientInfo,
        ObjectNode params,
        ObjectNode meta,
        @Nullable LogLevel logLevel,
        @Nullable RequestId progressToken) {}
