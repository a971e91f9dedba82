package io.springline.dispatch.task;

import io.springline.feature.task.Task;
import io.springline.feature.task.TaskStatus;
import io.springline.jsonrpc.JsonRpcError;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The shapes of tasks in the extension of 2026-07-28, and in 2025-11-25. */
final class TaskJson {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private static final Duration FAST = Duration.ofSeconds(1);
    private static final Duration SLOW = Duration.ofSeconds(5);
    private static final Duration FAST_UNTIL = Duration.ofMinutes(1);

    private TaskJson() {}

    /** Returns the task without its questions and its outcome, as the answer to its call has it. */
    static ObjectNode created(Task task) {
        return state(task, task.status(), "ttlMs", "pollIntervalMs");
    }

    /**
     * Returns the task in the shape of 2025-11-25, in which a call with an {@code isError} result
     * has failed.
     */
    static ObjectNode legacy(Task task) {
        boolean isError = task.result() != null && task.result().path("isError").asBoolean(false);
        return state(task, isError ? TaskStatus.FAILED : task.status(), "ttl", "pollInterval");
    }

    private static ObjectNode state(
            Task task, TaskStatus status, String ttlMember, String pollIntervalMember) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("taskId", task.id());
        json.put("status", status.wireName());
        if (task.message() != null) {
            json.put("statusMessage", task.message());
        }
        json.put("createdAt", TIME.format(task.createdAt()));
        json.put("lastUpdatedAt", TIME.format(task.updatedAt()));
        json.put(ttlMember, task.ttl().toMillis());
        if (!status.isFinal()) {
            json.put(pollIntervalMember, pollInterval(task).toMillis());
        }
        return json;
    }

    /** Returns the task with its open questions, or with its outcome. */
    static ObjectNode detailed(Task task) {
        ObjectNode json = created(task);
        if (task.status() == TaskStatus.INPUT_REQUIRED) {
            json.set("inputRequests", task.inputs().open());
        }
        if (task.result() != null) {
            json.set("result", task.result());
        }
        if (task.error() != null) {
            json.set("error", error(task.error()));
        }
        return json;
    }

    static ObjectNode error(JsonRpcError error) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("code", error.code()).put("message", error.message());
        if (error.data() != null) {
            json.set("data", error.data());
        }
        return json;
    }

    /** Returns how long a client should wait between two questions for the state. */
    private static Duration pollInterval(Task task) {
        Duration age = Duration.between(task.createdAt(), Instant.now());
        return age.compareTo(FAST_UNTIL) < 0 ? FAST : SLOW;
    }
}
