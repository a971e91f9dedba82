package io.springline.ops.tracing;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads and writes the W3C trace context in {@code _meta}, under the keys {@code traceparent} and
 * {@code tracestate}. Ignores {@code baggage}, which may contain confidential data.
 */
final class TraceContext {

    private static final Set<String> KEYS = Set.of("traceparent", "tracestate");

    /** The maximum length in characters. A longer value is ignored. */
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

    /** Removes the trace context. */
    static void clear(ObjectNode meta) {
        meta.remove(KEYS);
    }
}
