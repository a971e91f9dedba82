package io.springline.ops.tracing;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The W3C trace context in {@code _meta}, where MCP keeps it under its bare names. {@code baggage},
 * which may hold what is nobody else's business, is neither read nor written.
 */
final class TraceContext {

    private static final Set<String> KEYS = Set.of("traceparent", "tracestate");

    /** What a proper one never exceeds. */
    private static final int MAX_LENGTH = 1024;

    private TraceContext() {}

    static @Nullable String read(ObjectNode meta, String key) {
        JsonNode value = KEYS.contains(key) ? meta.path(key) : meta.missingNode();
        return value.isString() && value.stringValue().length() <= MAX_LENGTH
                ? value.stringValue()
                : null;
    }

    static void write(@Nullable ObjectNode meta, String key, String value) {
        if (meta != null && KEYS.contains(key)) {
            meta.put(key, value);
        }
    }

    /** Before another one is written. */
    static void clear(ObjectNode meta) {
        meta.remove(KEYS);
    }
}
