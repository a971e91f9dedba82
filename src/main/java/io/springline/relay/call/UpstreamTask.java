package io.springline.relay.call;

import io.springline.feature.RequestContext;
import io.springline.feature.result.InputRequest;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Waits for a task of an upstream on behalf of a client, which gets a plain result: asks for its
 * state, reports it as progress, and passes questions to the client. Serves tasks of 2025-11-25 and
 * of the extension of 2026-07-28. For use by the thread of one call.
 */
final class UpstreamTask {

    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final Duration USUAL = Duration.ofSeconds(1);

    /** Sends a request about the task to the upstream, and returns the result. */
    @FunctionalInterface
    interface Requests {
        JsonNode send(String method, ObjectNode params) throws InterruptedException;
    }

    private final String upstream;
    private final RequestContext context;
    private final Requests requests;
    private final Set<String> answered = new HashSet<>();
    private String reported = "";
    private int reports;

    UpstreamTask(String upstream, RequestContext context, Requests requests) {
        this.upstream = upstream;
        this.context = context;
        this.requests = requests;
    }

    /** Returns true if the result of a call is a task of either kind. */
    static boolean isTask(JsonNode result) {
        return result.path("resultType").asString("").equals("task")
                || result.path("task").path("taskId").isString();
    }

    /**
     * Blocks until the task has ended.
     *
     * @param created the result of the call that has created the task
     * @return the result of the call
     * @throws JsonRpcException if the task has failed
     * @throws InterruptedException if the client's request was cancelled; so is the task then
     */
    JsonNode await(JsonNode created) throws InterruptedException {
        boolean experimental = created.path("task").isObject();
        JsonNode task = experimental ? created.path("task") : created;
        String id = task.path("taskId").asString("");
        try {
            return experimental ? experimental(id, task) : extension(id, task);
        } catch (InterruptedException e) {
            cancelSoon(created);
            throw e;
        }
    }

    /** Cancels the task without waiting for that. */
    void cancelSoon(JsonNode created) {
        JsonNode task = created.path("task").isObject() ? created.path("task") : created;
        Thread.startVirtualThread(() -> cancel(task.path("taskId").asString("")));
    }

    /** A task of 2025-11-25: its result has a method of its own, which also brings questions. */
    private JsonNode experimental(String id, JsonNode created) throws InterruptedException {
        JsonNode task = created;
        while (task.path("status").asString("").equals("working")) {
            report(task);
            Thread.sleep(interval(task.path("pollInterval")));
            task = requests.send("tasks/get", named(id));
        }
        return requests.send("tasks/result", named(id));
    }

    private JsonNode extension(String id, JsonNode created) throws InterruptedException {
        JsonNode task = created;
        while (true) {
            report(task);
            switch (task.path("status").asString("")) {
                case "completed" -> {
                    return task.path("result");
                }
                case "failed" -> throw new JsonRpcException(error(task.path("error")));
                case "cancelled" -> throw ended("was cancelled by the upstream");
                case "input_required" -> answer(id, task.path("inputRequests"));
                case "working" -> {}
                default -> throw ended("has an unknown state");
            }
            Thread.sleep(interval(task.path("pollIntervalMs")));
            task = requests.send("tasks/get", named(id));
        }
    }

    private void answer(String id, JsonNode questions) throws InterruptedException {
        for (Map.Entry<String, JsonNode> each : questions.properties()) {
            if (answered.add(each.getKey())) {
                ObjectNode params = named(id);
                params.putObject("inputResponses")
                        .set(each.getKey(), context.ask(question(each.getValue())));
                requests.send("tasks/update", params);
            }
        }
    }

    private InputRequest question(JsonNode request) {
        InputRequest.Kind kind =
                InputRequest.Kind.of(request.path("method").asString(""))
                        .orElseThrow(() -> ended("asks for something unknown"));
        return new InputRequest(
                kind,
                request.path("params") instanceof ObjectNode params
                        ? params
                        : JsonNodeFactory.instance.objectNode());
    }

    private void report(JsonNode task) {
        String message = task.path("statusMessage").asString("");
        if (!message.isEmpty() && !message.equals(reported)) {
            reported = message;
            context.progress(++reports, null, message);
        }
    }

    private void cancel(String id) {
        try {
            requests.send("tasks/cancel", named(id));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            // it ends by its lifetime then
        }
    }

    private static ObjectNode named(String id) {
        return JsonNodeFactory.instance.objectNode().put("taskId", id);
    }

    private static Duration interval(JsonNode millis) {
        if (!millis.isNumber()) {
            return USUAL;
        }
        Duration wanted = Duration.ofMillis(millis.asLong(0));
        if (wanted.compareTo(SHORTEST) < 0) {
            return SHORTEST;
        }
        return wanted.compareTo(LONGEST) > 0 ? LONGEST : wanted;
    }

    private static JsonRpcError error(JsonNode error) {
        return new JsonRpcError(
                error.path("code").asInt(ErrorCode.INTERNAL_ERROR.code()),
                (error.isString() ? error : error.path("message")).asString("The task has failed"),
                error.get("data"));
    }

    private JsonRpcException ended(String how) {
        return ErrorCode.INTERNAL_ERROR.exception(
                "The task at upstream '%s' %s".formatted(upstream, how));
    }
}
