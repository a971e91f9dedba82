package io.springline.transport.http;

import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.mcp.MetaKeys;
import jakarta.servlet.http.HttpServletRequest;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * The headers of a 2026-07-28 request, which repeat what its body says: both must agree, since
 * intermediaries route by the headers.
 *
 * @see <a href="https://modelcontextprotocol.io/seps/2243-http-standardization">SEP-2243</a>
 */
final class ModernHeaders {

    static final String VERSION = "MCP-Protocol-Version";
    static final String METHOD = "Mcp-Method";
    static final String NAME = "Mcp-Name";

    private static final String PARAMETER = "Mcp-Param-";
    private static final int MAX_NUMBER = 100;
    private static final String PREFIX = "=?base64?";
    private static final String SUFFIX = "?=";

    private ModernHeaders() {}

    static JsonNode meta(Request request) {
        return request.params() == null
                ? JsonNodeFactory.instance.missingNode()
                : request.params().path(MetaKeys.META);
    }

    /**
     * Returns what does not agree, or null if everything does. Also null for a body that lacks what
     * headers are compared with: that is refused for itself.
     */
    static @Nullable String fault(HttpServletRequest http, Request request) {
        JsonNode meta = meta(request);
        if (!meta.path(MetaKeys.PROTOCOL_VERSION).isString()
                || !meta.path(MetaKeys.CLIENT_CAPABILITIES).isObject()) {
            return null;
        }
        String fault =
                compare(http, VERSION, meta.path(MetaKeys.PROTOCOL_VERSION).stringValue(), true);
        if (fault == null) {
            fault = compare(http, METHOD, request.method(), true);
        }
        return fault == null ? nameFault(http, request) : fault;
    }

    private static @Nullable String nameFault(HttpServletRequest http, Request request) {
        JsonNode params = request.params();
        if (params == null) {
            return null;
        }
        return switch (request.method()) {
            case "tools/call", "prompts/get" -> compare(http, params.path("name"), true);
            case "resources/read" -> compare(http, params.path("uri"), true);
            // some clients leave it out here
            case "tasks/get", "tasks/update", "tasks/cancel" ->
                    compare(http, params.path("taskId"), false);
            default -> null;
        };
    }

    private static @Nullable String compare(
            HttpServletRequest http, JsonNode expected, boolean required) {
        return expected.isString() ? compare(http, NAME, expected.stringValue(), required) : null;
    }

    private static @Nullable String compare(
            HttpServletRequest http, String name, String expected, boolean required) {
        List<String> values = Collections.list(http.getHeaders(name));
        if (values.isEmpty()) {
            return required ? "the header %s is missing".formatted(name) : null;
        }
        String value = values.size() == 1 ? decoded(values.getFirst()) : null;
        return expected.equals(value)
                ? null
                : "the header %s is not what the body says".formatted(name);
    }

    /**
     * Returns which header of an argument does not agree with it, or null.
     *
     * @param headers by the place of the argument
     */
    static @Nullable String argumentFault(
            HttpServletRequest http, Request request, Map<JsonPointer, String> headers) {
        JsonNode arguments =
                request.params() == null
                        ? JsonNodeFactory.instance.missingNode()
                        : request.params().path("arguments");
        for (Map.Entry<JsonPointer, String> each : headers.entrySet()) {
            String name = PARAMETER + each.getValue();
            JsonNode value = arguments.at(each.getKey());
            List<String> sent = Collections.list(http.getHeaders(name));
            boolean given = !value.isMissingNode() && !value.isNull();
            if (given == sent.isEmpty()) {
                return given
                        ? "the header %s is missing".formatted(name)
                        : "the header %s has no argument".formatted(name);
            }
            if (given && (sent.size() > 1 || !isEqual(value, decoded(sent.getFirst())))) {
                return "the header %s is not what the body says".formatted(name);
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

    /** Returns the value that a header stands for, or null for malformed base64. */
    static @Nullable String decoded(String header) {
        String value = header.strip();
        if (!value.startsWith(PREFIX)
                || !value.endsWith(SUFFIX)
                || value.length() < PREFIX.length() + SUFFIX.length()) {
            return value;
        }
        String encoded = value.substring(PREFIX.length(), value.length() - SUFFIX.length());
        if (encoded.length() % 4 != 0) {
            return null; // the decoder is content without padding
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(Base64.getDecoder().decode(encoded)))
                    .toString();
        } catch (IllegalArgumentException | CharacterCodingException e) {
            return null;
        }
    }
}
