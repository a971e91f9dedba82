package io.springline.relay.call;

import io.springline.feature.RemoteTask;
import io.springline.feature.RequestContext;
import io.springline.feature.endpoint.Extensions;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.relay.client.RelayMeta;
import io.springline.relay.client.UpstreamException;
import io.springline.relay.upstream.Upstream;
import io.springline.session.Caller;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The tasks of upstreams that clients of one endpoint know by a {@linkplain TaskHandles handle}.
 * Keeps nothing: each request goes to the upstream. Thread-safe.
 */
public final class RelayedTasks implements Extensions.Source {

    private static final Set<String> STATES =
            Set.of("working", "input_required", "completed", "failed", "cancelled");

    /**
     * What an upstream answers to {@code tasks/get} that does not know the task, or that has no
     * tasks any more. For other methods the codes can mean something else.
     */
    private static final List<Integer> UNKNOWN =
            List.of(ErrorCode.INVALID_PARAMS.code(), ErrorCode.METHOD_NOT_FOUND.code());

    private final TaskHandles handles;
    private final String endpoint;
    private final Supplier<Map<Upstream, RelayedCalls>> upstreams;

    public RelayedTasks(
            TaskHandles handles, String endpoint, Supplier<Map<Upstream, RelayedCalls>> upstreams) {
        this.handles = handles;
        this.endpoint = endpoint;
        this.upstreams = upstreams;
    }

    @Override
    public ObjectNode offered(Predicate<String> usable) {
        return JsonNodeFactory.instance.objectNode();
    }

    @Override
    public @Nullable RemoteTask task(Caller caller, String id) {
        TaskHandles.Content found = handles.open(caller.name(), endpoint, id);
        if (found == null) {
            return null;
        }
        RelayedCalls calls =
                upstreams.get().entrySet().stream()
                        .filter(each -> each.getKey().name().equals(found.upstream()))
                        .findFirst()
                        .map(Map.Entry::getValue)
                        .orElse(null);
        return new Task(id, found, calls);
    }

    /**
     * Returns the task that an upstream has created, under the client's id; null if the client
     * cannot get it, since it is not valid or there is no handle for it.
     *
     * @param tool the upstream's own name of the tool
     */
    static @Nullable ObjectNode created(
            TaskHandles handles,
            Caller caller,
            String endpoint,
            String upstream,
            String tool,
            JsonNode task) {
        if (!(task instanceof ObjectNode flat) || !isValid(flat)) {
            return null;
        }
        var content = new TaskHandles.Content(upstream, tool, flat.path("taskId").stringValue());
        JsonNode ttl = flat.path("ttlMs");
        String id =
                handles.seal(
                        caller.name(), endpoint, content, ttl.isNumber() ? ttl.asLong(0) : null);
        if (id == null) {
            return null;
        }
        return RelayMeta.backward(flat)
                .put("taskId", id)
                .remove(List.of("result", "error", "inputRequests", "requestState"));
    }

    private static boolean isValid(ObjectNode task) {
        JsonNode ttl = task.path("ttlMs");
        JsonNode interval = task.path("pollIntervalMs");
        return task.path("taskId").isString()
                && STATES.contains(task.path("status").asString(""))
                && task.path("createdAt").isString()
                && task.path("lastUpdatedAt").isString()
                && (ttl.isNull() || ttl.isIntegralNumber())
                && (interval.isMissingNode() || interval.isIntegralNumber())
                && (task.path("statusMessage").isMissingNode()
                        || task.path("statusMessage").isString());
    }

    /**
     * @param id the client's id of the task
     * @param calls null if the upstream is not here now: an attached server may attach again
     */
    private record Task(String id, TaskHandles.Content content, @Nullable RelayedCalls calls)
            implements RemoteTask {

        @Override
        public String server() {
            return content.upstream();
        }

        @Override
        public String tool() {
            return content.tool();
        }

        @Override
        public @Nullable ObjectNode request(
                RequestContext context, String method, ObjectNode params)
                throws InterruptedException {
            if (calls == null) {
                throw ErrorCode.INTERNAL_ERROR.exception(
                        "Upstream '%s' is not here now. Try again later"
                                .formatted(content.upstream()));
            }
            boolean isGet = method.equals("tasks/get");
            JsonNode result;
            try {
                result = calls.task(context, method, params.put("taskId", content.task()));
            } catch (UpstreamException e) {
                throw ErrorCode.INTERNAL_ERROR.exception(
                        "%s. The task may still run: try again later".formatted(e.getMessage()));
            } catch (JsonRpcException e) {
                if (isGet && UNKNOWN.contains(e.error().code())) {
                    return null;
                }
                throw e;
            }
            return isGet ? state(calls, result) : JsonNodeFactory.instance.objectNode();
        }

        private ObjectNode state(RelayedCalls calls, JsonNode result) {
            if (!(result instanceof ObjectNode task) || !isValid(task)) {
                throw ErrorCode.INTERNAL_ERROR.exception(
                        "The answer of upstream '%s' to tasks/get cannot be used"
                                .formatted(content.upstream()));
            }
            ObjectNode mapped = RelayMeta.backward(task).put("taskId", id);
            mapped.remove(List.of("result", "error"));
            switch (task.path("status").stringValue()) {
                case "completed" ->
                        mapped.set("result", calls.toolResult(task.path("result")).json());
                case "failed" -> mapped.set("error", error(task.path("error")));
                default -> {}
            }
            return mapped;
        }

        private static JsonNode error(JsonNode error) {
            return error.path("code").isInt() && error.path("message").isString()
                    ? error
                    : JsonNodeFactory.instance
                            .objectNode()
                            .put("code", ErrorCode.INTERNAL_ERROR.code())
                            .put("message", "The task has failed");
        }
    }
}
