package io.springline.feature.task;

import io.springline.feature.task.TaskStore.Added;
import io.springline.feature.task.TaskStore.Replaced;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.mcp.Topic.TaskChanged;
import io.springline.session.Backplane;
import io.springline.session.McpSession;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Creates, reads and changes tasks, and announces each change to all nodes. Methods block for the
 * store. Thread-safe.
 */
public final class Tasks {

    /** Attempts to change a task that others change at the same time. */
    private static final int ATTEMPTS = 100;

    private static final int ID_BYTES = 16;
    private static final Pattern ID = Pattern.compile("tk_[A-Za-z0-9_-]{22}");

    private final TaskStore store;
    private final TaskProperties limits;
    private final Backplane backplane;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();

    public Tasks(TaskStore store, TaskProperties limits, Backplane backplane, Clock clock) {
        this.store = store;
        this.limits = limits;
        this.backplane = backplane;
        this.clock = clock;
    }

    /** Returns true if the text looks like the id of a task. */
    public static boolean isId(String text) {
        return ID.matcher(text).matches();
    }

    public TaskProperties limits() {
        return limits;
    }

    /** Returns true if other nodes can read the tasks after this one has ended. */
    public boolean outliveNode() {
        return store.outlivesNode();
    }

    /**
     * Creates a task of this node. When this returns, every node can read it.
     *
     * @param ttl the wanted lifetime; null, or more than the limit, for the limit
     * @throws JsonRpcException {@code -32603} if a limit is reached
     * @throws TaskStore.UnavailableException if the store cannot be reached
     */
    public Task create(String principal, TaskTool tool, @Nullable Duration ttl)
            throws InterruptedException {
        byte[] bytes = new byte[ID_BYTES];
        random.nextBytes(bytes);
        String id = "tk_" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        Duration lifetime = ttl == null || ttl.compareTo(limits.ttl()) > 0 ? limits.ttl() : ttl;
        Task task = Task.started(id, principal, tool, store.node(), now(), lifetime);
        Added added = store.add(task);
        if (added == Added.TOO_MANY_RUNNING) {
            for (Task unfinished : store.unfinished(principal)) {
                current(unfinished);
            }
            added = store.add(task);
        }
        return switch (added) {
            case ADDED -> task;
            case TOO_MANY_RUNNING ->
                    throw ErrorCode.INTERNAL_ERROR.exception(
                            "Too many tasks: %d of yours are not finished (springline.tasks.max-running). Wait for one of them, or cancel it"
                                    .formatted(limits.maxRunning()));
            case TOO_MANY_STORED ->
                    throw ErrorCode.INTERNAL_ERROR.exception(
                            "Too many tasks are stored (springline.tasks.max-stored is %d). They are deleted %d s after their creation (springline.tasks.ttl)"
                                    .formatted(limits.maxStored(), limits.ttl().toSeconds()));
        };
    }

    /**
     * Returns the task, or null if the principal has none of this id. A task whose node has ended
     * is failed first.
     */
    public @Nullable Task find(String principal, String id) throws InterruptedException {
        Task found = store.find(principal, id);
        return found == null ? null : current(found);
    }

    /** Returns those of the tasks that exist, by id. */
    public Map<String, Task> find(String principal, Collection<String> ids)
            throws InterruptedException {
        return store.find(principal, ids);
    }

    /**
     * Returns a page of the principal's tasks, those first that expire first. A task whose node has
     * ended is failed first.
     *
     * @param after the id of the last task of the page before; null for the first page
     */
    public List<Task> page(String principal, @Nullable String after, int limit)
            throws InterruptedException {
        var page = new ArrayList<Task>();
        for (Task found : store.page(principal, after, limit)) {
            Task current = current(found);
            if (current != null) {
                page.add(current);
            }
        }
        return page;
    }

    private @Nullable Task current(Task task) throws InterruptedException {
        if (task.status().isFinal() || store.checkAlive(task.node())) {
            return task;
        }
        ObjectNode data = JsonNodeFactory.instance.objectNode().put("reason", "worker-lost");
        var lost =
                new JsonRpcError(
                        ErrorCode.INTERNAL_ERROR.code(),
                        "The node that ran the task has ended. It is unknown how far the work is, and it is not run again",
                        data);
        return change(task.principal(), task.id(), (now, at) -> now.failed(lost, at));
    }

    /**
     * Changes a task in one atomic step, and announces the change.
     *
     * @param change returns the changed task, or its argument if nothing is to be changed; may be
     *     called several times
     * @return the task afterwards, or null if it does not exist
     */
    public @Nullable Task change(
            String principal, String id, BiFunction<Task, Instant, Task> change)
            throws InterruptedException {
        for (int i = 0; i < ATTEMPTS; i++) {
            Task before = store.find(principal, id);
            if (before == null) {
                return null;
            }
            Task after = change.apply(before, now());
            if (after == before) {
                return before;
            }
            Replaced replaced = store.replace(before, after);
            if (replaced == Replaced.FULL) {
                return change(principal, id, (task, at) -> task.failed(full(), at));
            }
            if (replaced == Replaced.REPLACED) {
                backplane.publish(McpSession.MAIN_ENDPOINT, new TaskChanged(principal, id));
                return after;
            }
        }
        throw ErrorCode.INTERNAL_ERROR.exception("The task changes too often. Try again");
    }

    /** Ends a task with the result of its call; with an error if the result is too large. */
    public @Nullable Task complete(Task task, ObjectNode result) throws InterruptedException {
        int length = result.toString().length();
        if (length > limits.maxResultBytes()) {
            return fail(
                    task,
                    ErrorCode.INTERNAL_ERROR.error(
                            "The result is too large for a task: %d characters, at most %d (springline.tasks.max-result)"
                                    .formatted(length, limits.maxResultBytes())));
        }
        return change(task.principal(), task.id(), (now, at) -> now.completed(result, at));
    }

    public @Nullable Task fail(Task task, JsonRpcError error) throws InterruptedException {
        return change(task.principal(), task.id(), (now, at) -> now.failed(error, at));
    }

    public @Nullable Task cancel(String principal, String id) throws InterruptedException {
        return change(principal, id, Task::cancelled);
    }

    /** Removes a task whose id nobody has got. */
    public void discard(Task task) throws InterruptedException {
        store.remove(task);
    }

    private static JsonRpcError full() {
        return ErrorCode.INTERNAL_ERROR.error(
                "The task has ended, but there was no room to store its result");
    }

    /** Returns the time in milliseconds, which is what messages show. */
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }
}
