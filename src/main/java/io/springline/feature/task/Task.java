package io.springline.feature.task;

import io.springline.jsonrpc.JsonRpcError;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A call that continues after its request was answered. Immutable: a change is a new value with the
 * next version, which {@link TaskStore#replace} writes in one step.
 *
 * @param id unguessable, printable ASCII
 * @param principal who may use the task
 * @param node the node that runs the handler
 * @param ttl the time after {@code createdAt} at which the task is deleted
 * @param message how far the work is, for people; null if unknown
 * @param result the result of the call, in the shape of the newest revision; null unless completed
 * @param error null unless failed
 * @param version counts the changes
 */
public record Task(
        String id,
        String principal,
        TaskTool tool,
        String node,
        Instant createdAt,
        Duration ttl,
        Instant updatedAt,
        TaskStatus status,
        @Nullable String message,
        Inputs inputs,
        @Nullable ObjectNode result,
        @Nullable JsonRpcError error,
        long version) {

    /** Longest status message in characters; a longer one is cut. */
    private static final int MAX_MESSAGE = 1000;

    /**
     * The questions to the client.
     *
     * @param open the questions without an answer, by key
     * @param given the answers to the last questions, by key
     * @param asked the number of all questions so far, since keys are never used twice
     */
    public record Inputs(ObjectNode open, ObjectNode given, int asked) {

        static final Inputs NONE = new Inputs(object(), object(), 0);

        public Inputs {
            Objects.requireNonNull(open, "open");
            Objects.requireNonNull(given, "given");
        }
    }

    public Task {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(principal, "principal");
        Objects.requireNonNull(status, "status");
    }

    static Task started(
            String id, String principal, TaskTool tool, String node, Instant now, Duration ttl) {
        return new Task(
                id,
                principal,
                tool,
                node,
                now,
                ttl,
                now,
                TaskStatus.WORKING,
                null,
                Inputs.NONE,
                null,
                null,
                1);
    }

    public Instant expiresAt() {
        return createdAt.plus(ttl);
    }

    /** Returns a task with another message; the same one if nothing changes. */
    public Task reporting(String text, Instant now) {
        String cut = text.length() > MAX_MESSAGE ? text.substring(0, MAX_MESSAGE) + "…" : text;
        return cut.equals(message) ? this : become(status, now, cut, inputs, null, null);
    }

    /**
     * Returns a task that asks the client. Each key gets a number, so that no key is used twice.
     */
    public Task asking(Map<String, ObjectNode> questions, Instant now) {
        ObjectNode open = object();
        int number = inputs.asked();
        for (Map.Entry<String, ObjectNode> each : questions.entrySet()) {
            open.set(each.getKey() + "-" + ++number, each.getValue());
        }
        return become(
                TaskStatus.INPUT_REQUIRED,
                now,
                message,
                new Inputs(open, object(), number),
                null,
                null);
    }

    /**
     * Returns a task with the client's answers. Answers to questions that are not open are ignored;
     * if no question stays open, the task works again.
     */
    public Task answered(ObjectNode answers, Instant now) {
        ObjectNode open = inputs.open().deepCopy();
        ObjectNode given = inputs.given().deepCopy();
        for (Map.Entry<String, JsonNode> each : answers.properties()) {
            if (open.remove(each.getKey()) != null) {
                given.set(each.getKey(), each.getValue());
            }
        }
        if (open.size() == inputs.open().size()) {
            return this;
        }
        TaskStatus next = open.isEmpty() ? TaskStatus.WORKING : TaskStatus.INPUT_REQUIRED;
        return become(next, now, message, new Inputs(open, given, inputs.asked()), null, null);
    }

    public Task completed(ObjectNode outcome, Instant now) {
        return become(TaskStatus.COMPLETED, now, message, Inputs.NONE, outcome, null);
    }

    public Task failed(JsonRpcError reason, Instant now) {
        return become(TaskStatus.FAILED, now, reason.message(), Inputs.NONE, null, reason);
    }

    public Task cancelled(Instant now) {
        return become(TaskStatus.CANCELLED, now, "cancelled", Inputs.NONE, null, null);
    }

    /** Makes every change; returns this task if it is final. */
    private Task become(
            TaskStatus next,
            Instant now,
            @Nullable String text,
            Inputs asked,
            @Nullable ObjectNode outcome,
            @Nullable JsonRpcError reason) {
        if (status.isFinal()) {
            return this;
        }
        return new Task(
                id,
                principal,
                tool,
                node,
                createdAt,
                ttl,
                now,
                next,
                text,
                asked,
                outcome,
                reason,
                version + 1);
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** Contains no argument and no result. */
    @Override
    public String toString() {
        return "Task[%s, %s, %s, version %d]".formatted(id, tool.name(), status, version);
    }
}
