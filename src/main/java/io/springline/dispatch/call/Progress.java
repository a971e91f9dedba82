package io.springline.dispatch.call;

import io.springline.jsonrpc.RequestId;
import io.springline.mcp.ProtocolVersion;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The progress of a handler, as clients get it. */
final class Progress {

    private Progress() {}

    /** Returns the params of a notification. Revisions before 2025-03-26 have no message. */
    static ObjectNode params(
            RequestId token,
            double progress,
            @Nullable Double total,
            @Nullable String message,
            ProtocolVersion version) {
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        params.set("progressToken", token.toJson());
        putNumber(params, "progress", progress);
        if (total != null) {
            putNumber(params, "total", total);
        }
        if (message != null && version.isAtLeast(ProtocolVersion.V2025_03_26)) {
            params.put("message", message);
        }
        return params;
    }

    private static void putNumber(ObjectNode params, String member, double value) {
        if (value == Math.rint(value) && Math.abs(value) < 1e15) {
            params.put(member, (long) value);
        } else {
            params.put(member, value);
        }
    }

    /** Returns the progress as text, for handlers that give no message. */
    static String percentage(double progress, @Nullable Double total) {
        return total == null || total <= 0
                ? "%.0f".formatted(progress)
                : "%.0f %%".formatted(100 * progress / total);
    }
}
