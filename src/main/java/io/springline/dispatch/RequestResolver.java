package io.springline.dispatch;

import io.springline.dispatch.call.Call;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.RequestId;
import io.springline.mcp.ClientCapabilities;
import io.springline.mcp.LogLevel;
import io.springline.mcp.McpMethod;
import io.springline.mcp.MetaKeys;
import io.springline.mcp.ProtocolVersion;
import io.springline.session.LegacyState.LegacyClient;
import io.springline.session.McpSession;
import io.springline.session.Peer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Determines the protocol revision of a request, and rejects requests that the revision does not
 * allow, with the checks in the order of the specification.
 *
 * <p>A request is modern if its {@code _meta} has the key of the protocol version, whatever the
 * value. All other requests belong to the legacy session of their connection, which {@code
 * initialize} opens.
 *
 * @see <a
 *     href="https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning">Versioning</a>
 */
public final class RequestResolver {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final ObjectNode EMPTY = NODES.objectNode();

    private RequestResolver() {}

    /**
     * Returns the call that the request makes.
     *
     * @throws JsonRpcException with the error of the first check that fails
     */
    static Call resolve(McpSession session, Request request) {
        ObjectNode params = request.params() == null ? EMPTY : request.params();
        JsonNode meta = params.path(MetaKeys.META);
        if (meta.has(MetaKeys.PROTOCOL_VERSION)) {
            return modern(session, request.method(), params, (ObjectNode) meta);
        }
        return legacy(session, request.method(), params, meta);
    }

    private static Call modern(
            McpSession session, String name, ObjectNode params, ObjectNode meta) {
        List<String> missing = missing(meta);
        if (!missing.isEmpty()) {
            throw missingKeys("missing or malformed _meta key", missing, NODES.objectNode());
        }
        ObjectNode clientInfo = clientInfo(meta);
        LogLevel logLevel = logLevel(meta);
        RequestId progressToken = progressToken(meta);
        String requested = meta.path(MetaKeys.PROTOCOL_VERSION).stringValue();
        if (!requested.equals(ProtocolVersion.MODERN.wireName())) {
            throw unsupported(requested);
        }
        McpMethod method = method(name, ProtocolVersion.MODERN);
        session.peer(Peer.of(ProtocolVersion.MODERN, clientInfo));
        return new Call(
                session,
                method,
                name,
                ProtocolVersion.MODERN,
                new ClientCapabilities((ObjectNode) meta.path(MetaKeys.CLIENT_CAPABILITIES)),
                clientInfo,
                params,
                meta,
                logLevel,
                progressToken);
    }

    private static Call legacy(McpSession session, String name, ObjectNode params, JsonNode meta) {
        LegacyClient client = session.legacy().client();
        if (client == null && !isOpening(name)) {
            throw missingKeys(
                    "send initialize first, or include _meta keys", requiredKeys(), supported());
        }
        if (client != null && name.equals(McpMethod.INITIALIZE.wireName())) {
            throw ErrorCode.INVALID_REQUEST.exception("Invalid Request: already initialized");
        }
        ProtocolVersion version = client == null ? ProtocolVersion.LATEST_LEGACY : client.version();
        McpMethod method = method(name, version);
        if (!meta.isMissingNode() && !meta.isObject()) {
            throw ErrorCode.INVALID_PARAMS.exception("Invalid params: _meta must be an object");
        }
        ObjectNode metaObject = meta instanceof ObjectNode object ? object : EMPTY;
        return new Call(
                session,
                method,
                name,
                version,
                client == null ? ClientCapabilities.NONE : client.capabilities(),
                client == null ? null : client.info(),
                params,
                metaObject,
                session.logLevel(),
                progressToken(metaObject));
    }

    /**
     * Returns true for methods that a legacy client may call before {@code initialize} was
     * accepted.
     */
    private static boolean isOpening(String name) {
        return name.equals(McpMethod.INITIALIZE.wireName())
                || name.equals(McpMethod.PING.wireName());
    }

    private static McpMethod method(String name, ProtocolVersion version) {
        McpMethod method = McpMethod.of(name);
        if (!method.existsIn(version)) {
            throw notFound(name);
        }
        return method;
    }

    static JsonRpcException notFound(String method) {
        return ErrorCode.METHOD_NOT_FOUND.exception(
                "Method not found: "
                        + (method.length() > 100 ? method.substring(0, 100) + "…" : method));
    }

    private static List<String> missing(ObjectNode meta) {
        var missing = new ArrayList<String>(2);
        if (!meta.path(MetaKeys.PROTOCOL_VERSION).isString()) {
            missing.add(MetaKeys.PROTOCOL_VERSION);
        }
        if (!meta.path(MetaKeys.CLIENT_CAPABILITIES).isObject()) {
            missing.add(MetaKeys.CLIENT_CAPABILITIES);
        }
        return missing;
    }

    private static List<String> requiredKeys() {
        return List.of(MetaKeys.PROTOCOL_VERSION, MetaKeys.CLIENT_CAPABILITIES);
    }

    /**
     * Returns the client info, or null if it is absent: clients should send it (SHOULD), and
     * servers serve those that do not.
     */
    private static @Nullable ObjectNode clientInfo(ObjectNode meta) {
        JsonNode info = meta.path(MetaKeys.CLIENT_INFO);
        if (info.isMissingNode()) {
            return null;
        }
        if (!(info instanceof ObjectNode object)
                || !object.path("name").isString()
                || !object.path("version").isString()) {
            throw ErrorCode.INVALID_PARAMS.exception(
                    "Invalid params: _meta key %s must be an object with the strings name and version"
                            .formatted(MetaKeys.CLIENT_INFO));
        }
        return object;
    }

    private static @Nullable LogLevel logLevel(ObjectNode meta) {
        JsonNode level = meta.path(MetaKeys.LOG_LEVEL);
        if (level.isMissingNode()) {
            return null;
        }
        return LogLevel.of(level.asString(""))
                .orElseThrow(() ->
                        ErrorCode.INVALID_PARAMS.exception(
                                "Invalid params: _meta key %s must be one of %s"
                                        .formatted(MetaKeys.LOG_LEVEL, LogLevel.allowed())));
    }

    private static @Nullable RequestId progressToken(ObjectNode meta) {
        JsonNode token = meta.get(MetaKeys.PROGRESS_TOKEN);
        RequestId read = RequestId.of(token);
        if (token != null && read == null) {
            throw ErrorCode.INVALID_PARAMS.exception(
                    "Invalid params: _meta.progressToken must be a string of at most %d characters or an integer"
                            .formatted(RequestId.MAX_LENGTH));
        }
        return read;
    }

    private static JsonRpcException missingKeys(String what, List<String> keys, ObjectNode data) {
        var missing = data.putArray("missing");
        keys.forEach(missing::add);
        return ErrorCode.INVALID_PARAMS.exception(
                "Invalid params: %s %s".formatted(what, String.join(" and ", keys)), data);
    }

    private static JsonRpcException unsupported(String requested) {
        return ErrorCode.UNSUPPORTED_PROTOCOL_VERSION.exception(
                "Unsupported protocol version: in _meta only %s is served, older ones by initialize"
                        .formatted(ProtocolVersion.MODERN.wireName()),
                supported().put("requested", requested));
    }

    private static ObjectNode supported() {
        ObjectNode data = NODES.objectNode();
        ProtocolVersion.SUPPORTED.forEach(data.putArray("supported")::add);
        return data;
    }
}
