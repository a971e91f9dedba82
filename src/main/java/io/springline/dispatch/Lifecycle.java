package io.springline.dispatch;

import io.springline.dispatch.shape.ServerInfo;
import io.springline.feature.endpoint.Extensions;
import io.springline.feature.endpoint.Features;
import io.springline.feature.endpoint.Instructions;
import io.springline.feature.schema.Params;
import io.springline.jsonrpc.ErrorCode;
import io.springline.mcp.ClientCapabilities;
import io.springline.mcp.ExtensionMethods;
import io.springline.mcp.ProtocolVersion;
import io.springline.session.Caller;
import io.springline.session.LegacyState.LegacyClient;
import io.springline.session.McpSession;
import io.springline.session.Peer;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Serves {@code initialize} and {@code server/discover}. */
final class Lifecycle {

    /**
     * Longest {@code capabilities} and longest {@code clientInfo} in characters of JSON. Both are
     * kept as long as the session.
     */
    static final int MAX_LENGTH = 64 * 1024;

    private final ServerInfo server;
    private final Instructions instructions;
    private final Extensions extensions;
    private final AuthorizationGuard access;
    private final SharedClientParameters clients = new SharedClientParameters();

    Lifecycle(ServerInfo server, Features features, AuthorizationGuard access) {
        this.server = server;
        this.instructions = features.instructions();
        this.extensions = features.extensions();
        this.access = access;
    }

    /**
     * Opens the legacy session of a connection. If the requested version is unknown or modern,
     * answers with the latest legacy version. The client may then disconnect.
     *
     * @throws JsonRpcException if the params are invalid, or if the session is initialized already
     */
    ObjectNode initialize(McpSession session, ObjectNode params) throws InterruptedException {
        String requested = Params.string(params, "protocolVersion");
        ObjectNode capabilities = Params.requiredObject(params, "capabilities");
        ObjectNode clientInfo = Params.requiredObject(params, "clientInfo");
        Params.string(clientInfo, "name");
        int length =
                requireShort("capabilities", capabilities) + requireShort("clientInfo", clientInfo);
        ProtocolVersion version =
                ProtocolVersion.of(requested)
                        .filter(known -> !known.isModern())
                        .orElse(ProtocolVersion.LATEST_LEGACY);
        LegacyClient client =
                clients.share(
                        new LegacyClient(version, new ClientCapabilities(capabilities), clientInfo),
                        length);
        if (!session.negotiate(client)) {
            throw ErrorCode.INVALID_REQUEST.exception("Invalid Request: already initialized");
        }
        session.peer(Peer.of(version, client.info()));
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        result.put("protocolVersion", version.wireName());
        result.set("capabilities", capabilities(version, session.caller()));
        result.set("serverInfo", server.json(version));
        addInstructions(result);
        return result;
    }

    /** Returns the length in characters of JSON. */
    private static int requireShort(String member, ObjectNode kept) {
        int length = kept.toString().length();
        if (length > MAX_LENGTH) {
            throw Params.invalid(
                    member, "must not be longer than %d characters".formatted(MAX_LENGTH));
        }
        return length;
    }

    ObjectNode discover(McpSession session) {
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        var supported = result.putArray("supportedVersions");
        ProtocolVersion.SUPPORTED.forEach(supported::add);
        result.set("capabilities", capabilities(ProtocolVersion.MODERN, session.caller()));
        addInstructions(result);
        return result;
    }

    private ObjectNode capabilities(ProtocolVersion version, Caller caller) {
        ObjectNode capabilities = JsonNodeFactory.instance.objectNode();
        capabilities.putObject("logging");
        if (version.isAtLeast(ProtocolVersion.V2025_03_26)) {
            capabilities.putObject("completions");
        }
        capabilities.putObject("prompts").put("listChanged", true);
        capabilities.putObject("resources").put("subscribe", true).put("listChanged", true);
        capabilities.putObject("tools").put("listChanged", true);
        if (version == ProtocolVersion.V2025_11_25) {
            addTasks(capabilities, caller);
        }
        ObjectNode offered =
                extensions.offered(endpoint -> access.mayUseAnything(endpoint, caller));
        ObjectNode own = version.isModern() ? offered : capabilities.putObject("experimental");
        own.putObject(ExtensionMethods.RESUME_CAPABILITY);
        if (version.isModern()) {
            own.putObject(ExtensionMethods.TASKS);
        }
        if (!offered.isEmpty()) {
            // in legacy revisions, too: hosts of MCP Apps look for it there
            capabilities.set("extensions", offered);
        }
        return capabilities;
    }

    private static void addTasks(ObjectNode capabilities, Caller caller) {
        ObjectNode tasks = capabilities.putObject("tasks");
        if (!caller.isAnonymous()) {
            tasks.putObject("list");
        }
        tasks.putObject("cancel");
        tasks.putObject("requests").putObject("tools").putObject("call");
    }

    private void addInstructions(ObjectNode result) {
        String text = instructions.text();
        if (text != null) {
            result.put("instructions", text);
        }
    }
}
