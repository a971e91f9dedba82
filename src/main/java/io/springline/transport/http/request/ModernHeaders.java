package io.springline.transport.http.request;

import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.mcp.MetaKeys;
import io.springline.mcp.ProtocolVersion;
import io.springline.mcp.RequestHeaders;
import jakarta.servlet.http.HttpServletRequest;
import java.math.BigDecimal;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Checks the headers of a 2026-07-28 request, which repeat parts of its body. Both must match,
 * since proxies route by the headers.
 *
 * @see <a href="https://modelcontextprotocol.io/seps/2243-http-standardization">SEP-2243</a>
 */
public final class ModernHeaders {

    private enum Presence {
        REQUIRED,
        OPTIONAL
    }

    private static final int MAX_NUMBER = 100;

    private ModernHeaders() {}

    public static JsonNode meta(Request request) {
        return request.params() == null
                ? JsonNodeFactory.instance.missingNode()
                : request.params().path(MetaKeys.META);
    }

    /**
     * Returns true if the version header names a legacy revision, and the body claims the modern
     * one completely.
     */
    public static boolean isOnlyVersionHeaderLegacy(HttpServletRequest http, Request request) {
        String version = http.getHeader(RequestHeaders.VERSION);
        JsonNode meta = meta(request);
        return version != null
                && ProtocolVersion.of(version).filter(each -> !each.isModern()).isPresent()
                && ProtocolVersion.MODERN
                        .wireName()
                        .equals(meta.path(MetaKeys.PROTOCOL_VERSION).asString(""))
                && meta.path(MetaKeys.CLIENT_CAPABILITIES).isObject();
    }

    /**
     * Returns the first mismatch in words, or null if there is none. Also null if the body lacks
     * the members to compare with, because another check rejects such a body.
     */
    public static @Nullable String fault(HttpServletRequest http, Request request) {
        JsonNode meta = meta(request);
        if (!meta.path(MetaKeys.PROTOCOL_VERSION).isString()
                || !meta.path(MetaKeys.CLIENT_CAPABILITIES).isObject()) {
            return null;
        }
        String fault =
                compare(
                        http,
                        RequestHeaders.VERSION,
                        meta.path(MetaKeys.PROTOCOL_VERSION).stringValue(),
                        Presence.REQUIRED);
        if (fault == null) {
            fault = compare(http, RequestHeaders.METHOD, request.method(), Presence.REQUIRED);
        }
        return fault == null ? nameFault(http, request) : fault;
    }

    private static @Nullable String nameFault(HttpServletRequest http, Request request) {
        JsonNode params = request.params();
        if (params == null) {
            return null;
        }
        return switch (request.method()) {
            case "tools/call", "prompts/get" ->
                    compare(http, params.path("name"), Presence.REQUIRED);
            case "resources/read" -> compare(http, params.path("uri"), Presence.REQUIRED);
            // Some clients omit the header for these methods.
            case "tasks/get", "tasks/update", "tasks/cancel" ->
                    compare(http, params.path("taskId"), Presence.OPTIONAL);
            default -> null;
        };
    }

    private static @Nullable String compare(
            HttpServletRequest http, JsonNode expected, Presence presence) {
        return expected.isString()
                ? compare(http, RequestHeaders.NAME, expected.stringValue(), presence)
                : null;
    }

    private static @Nullable String compare(
            HttpServletRequest http, String name, String expected, Presence presence) {
        List<String> values = Collections.list(http.getHeaders(name));
        if (values.isEmpty()) {
            return presence == Presence.REQUIRED
                    ? "the header %s is missing".formatted(name)
                    : null;
        }
        String value = values.size() == 1 ? RequestHeaders.decode(values.getFirst()) : null;
        return expected.equals(value)
                ? null
                : "the header %s differs from the body".formatted(name);
    }

    /**
     * Returns the first mismatch between an argument and its header in words, or null.
     *
     * @param headers header names by the place of the argument
     */
    public static @Nullable String argumentFault(
            HttpServletRequest http, Request request, Map<JsonPointer, String> headers) {
        JsonNode arguments =
                request.params() == null
                        ? JsonNodeFactory.instance.missingNode()
                        : request.params().path("arguments");
        for (Map.Entry<JsonPointer, String> each : headers.entrySet()) {
            String name = RequestHeaders.PARAMETER + each.getValue();
            JsonNode value = arguments.at(each.getKey());
            List<String> sent = Collections.list(http.getHeaders(name));
            boolean given = !value.isMissingNode() && !value.isNull();
            if (given == sent.isEmpty()) {
                return given
                        ? "the header %s is missing".formatted(name)
                        : "the header %s has no matching argument".formatted(name);
            }
            if (given
                    && (sent.size() > 1
                            || !isEqual(value, RequestHeaders.decode(sent.getFirst())))) {
                return "the header %s differs from the body".formatted(name);
            }
        }
        return null;
    }

    private static boolean isEqual(JsonNode value, @Nullable String header) {
        if (header == null || !value.isNumber()) {
            return value.asString("").equals(header) && value.isValueNode();
        }
        try {
            return header.length() <= MAX_NUMBER
                    && value.decimalValue().compareTo(new BigDecimal(header)) == 0;
        } catch (NumberFormatException e) {
            return false;
        }
    }
}
