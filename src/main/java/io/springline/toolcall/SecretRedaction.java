package io.springline.toolcall;

import com.google.re2j.Pattern;
import io.springline.feature.ToolCall;
import io.springline.feature.result.ToolResult;
import io.springline.jsonrpc.JsonRpcError;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * Replaces secrets in the texts of tool results and errors. The time is linear in the length of the
 * text. Base64 data of images, audio and blobs, and the names of members, are not searched.
 */
final class SecretRedaction implements ComputingFilter {

    static final String REDACTED = "[redacted]";

    /** Text that would take more steps is replaced as a whole. */
    private static final long MAX_STEPS = 4_000_000_000L;

    private static final String TOO_LONG = "[redacted: too long to be searched for secrets]";

    private static final Set<String> MEDIA = Set.of("image", "audio");

    /** Each begins with a fixed text, for which a search is fast. */
    private static final List<String> SECRETS =
            List.of(
                    "-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[A-Za-z0-9+/=\\s:,.-]*?"
                            + "(?:-----END [A-Z ]{0,20}PRIVATE KEY-----|$)",
                    "eyJ[A-Za-z0-9_-]{8,}\\.eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]*",
                    "AKIA[0-9A-Z]{16}",
                    "ASIA[0-9A-Z]{16}",
                    "gh[pousr]_[A-Za-z0-9]{36,}",
                    "github_pat_[A-Za-z0-9_]{36,}",
                    "glpat-[A-Za-z0-9_-]{20,}",
                    "xox[abeoprs]-[A-Za-z0-9-]{10,}",
                    "sk-[A-Za-z0-9_-]{20,}",
                    "[sr]k_live_[A-Za-z0-9]{16,}",
                    "AIza[0-9A-Za-z_-]{35}",
                    "npm_[A-Za-z0-9]{36}",
                    "(?i:bearer)\\s+[A-Za-z0-9._~+/-]{16,}=*");

    private final List<Pattern> patterns;

    private SecretRedaction(List<Pattern> patterns) {
        this.patterns = patterns;
    }

    /**
     * @param secrets whether to replace what looks like a secret
     * @param more further expressions
     */
    static SecretRedaction of(boolean secrets, List<String> more) {
        return new SecretRedaction(
                Stream.concat(secrets ? SECRETS.stream() : Stream.of(), more.stream())
                        .map(Pattern::compile)
                        .toList());
    }

    @Override
    public ToolResult after(ToolCall call, ToolResult result) {
        JsonNode redacted = redacted(result.json());
        return redacted == result.json() ? result : new ToolResult((ObjectNode) redacted);
    }

    @Override
    public JsonRpcError failed(ToolCall call, JsonRpcError error) {
        JsonNode data = error.data();
        return new JsonRpcError(
                error.code(), redacted(error.message()), data == null ? null : redacted(data));
    }

    /** Returns {@code node} itself if it contains no secret. */
    private JsonNode redacted(JsonNode node) {
        return switch (node) {
            case StringNode text -> {
                String redacted = redacted(text.stringValue());
                yield redacted.equals(text.stringValue()) ? text : StringNode.valueOf(redacted);
            }
            case ArrayNode array -> redacted(array);
            case ObjectNode object -> redacted(object);
            default -> node;
        };
    }

    private JsonNode redacted(ArrayNode array) {
        ArrayNode changed = null;
        for (int i = 0; i < array.size(); i++) {
            JsonNode redacted = redacted(array.get(i));
            if (redacted != array.get(i)) {
                if (changed == null) {
                    changed = JsonNodeFactory.instance.arrayNode().addAll(array);
                }
                changed.set(i, redacted);
            }
        }
        return Objects.requireNonNullElse(changed, array);
    }

    private JsonNode redacted(ObjectNode object) {
        ObjectNode changed = null;
        for (Map.Entry<String, JsonNode> member : object.properties()) {
            JsonNode redacted =
                    isData(object, member.getKey())
                            ? member.getValue()
                            : redacted(member.getValue());
            if (redacted != member.getValue()) {
                if (changed == null) {
                    changed = JsonNodeFactory.instance.objectNode().setAll(object);
                }
                changed.set(member.getKey(), redacted);
            }
        }
        return Objects.requireNonNullElse(changed, object);
    }

    /** Returns true if the member holds the Base64 data of a content block or of a resource. */
    private static boolean isData(ObjectNode object, String member) {
        return switch (member) {
            case "data" -> MEDIA.contains(object.path("type").asString(""));
            case "blob" -> object.has("uri");
            default -> false;
        };
    }

    private String redacted(String text) {
        String redacted = text;
        for (Pattern pattern : patterns) {
            if ((long) redacted.length() * pattern.programSize() > MAX_STEPS) {
                return TOO_LONG;
            }
            var matcher = pattern.matcher(redacted);
            if (matcher.find()) {
                redacted = matcher.replaceAll(REDACTED);
            }
        }
        return redacted;
    }
}
