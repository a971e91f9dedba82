package io.springline.dispatch.task;

import io.springline.feature.schema.Params;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The member {@code task} of a tool call, by which a client of 2025-11-25 requests a task. */
final class LegacyTaskRequest {

    private static final Duration SHORTEST_TTL = Duration.ofSeconds(1);

    private LegacyTaskRequest() {}

    /**
     * Returns true if the params request a task.
     *
     * @throws io.springline.jsonrpc.JsonRpcException if the member is invalid
     */
    static boolean isIn(ObjectNode params) {
        ttl(params);
        return params.has("task");
    }

    /** Returns the requested lifetime, at least a second; null for the longest one. */
    static @Nullable Duration ttl(ObjectNode params) {
        JsonNode ttl = Params.object(params, "task").path("ttl");
        if (ttl.isMissingNode() || ttl.isNull()) {
            return null;
        }
        if (!ttl.isIntegralNumber() || ttl.bigIntegerValue().signum() < 0) {
            throw Params.invalid("task.ttl", "must be an integer of milliseconds, at least 0");
        }
        if (!ttl.canConvertToLong()) {
            return null;
        }
        Duration wanted = Duration.ofMillis(ttl.longValue());
        return wanted.compareTo(SHORTEST_TTL) < 0 ? SHORTEST_TTL : wanted;
    }
}
