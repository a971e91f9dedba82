package io.springline.dispatch.task;

import io.springline.dispatch.call.Call;
import io.springline.dispatch.call.CallContext.CallAttempt;
import io.springline.dispatch.call.ClientInput;
import io.springline.feature.InputRefusedException;
import io.springline.feature.result.InputRequest;
import io.springline.feature.schema.Params;
import io.springline.feature.task.Task;
import io.springline.feature.task.TaskStatus;
import io.springline.feature.task.TaskStore;
import io.springline.feature.task.Tasks;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Serves the methods of the experimental tasks of 2025-11-25. The tasks are the same as those of
 * the extension of 2026-07-28.
 *
 * @see <a
 *     href="https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks">Tasks</a>
 */
public final class LegacyTaskMethods {

    private static final Logger log = LoggerFactory.getLogger(LegacyTaskMethods.class);

    private static final int PAGE_SIZE = 50;

    /** The longest time until a waiting request reads the task, if it was not notified. */
    private static final Duration LOOK = Duration.ofSeconds(5);

    private final Tasks tasks;
    private final TaskAccess access;
    private final TaskWaits waits;
    private final ClientInput clientInput;

    public LegacyTaskMethods(
            Tasks tasks, TaskAccess access, TaskWaits waits, ClientInput clientInput) {
        this.tasks = tasks;
        this.access = access;
        this.waits = waits;
        this.clientInput = clientInput;
    }

    public ObjectNode get(Call call) throws InterruptedException {
        return TaskJson.legacy(find(call));
    }

    /**
     * Cancels a task.
     *
     * @throws JsonRpcException {@code -32602} if the task has ended
     */
    public ObjectNode cancel(Call call) throws InterruptedException {
        Task before = find(call);
        Task after =
                TaskMethods.known(tasks.cancel(TaskMethods.principal(call), TaskMethods.id(call)));
        if (before.status().isFinal() || after.status() != TaskStatus.CANCELLED) {
            throw ErrorCode.INVALID_PARAMS.exception(
                    "The task cannot be cancelled: it is %s already"
                            .formatted(after.status().wireName()));
        }
        return TaskJson.legacy(after);
    }

    /**
     * Lists the caller's tasks. All anonymous clients are one caller, so they get no list.
     *
     * @throws JsonRpcException {@code -32601} for an anonymous caller
     */
    public ObjectNode list(Call call) throws InterruptedException {
        if (call.session().caller().isAnonymous()) {
            throw ErrorCode.METHOD_NOT_FOUND.exception(
                    "Method not found: tasks/list is only for authenticated clients");
        }
        String cursor = Params.optionalString(call.params(), "cursor");
        if (cursor != null && !Tasks.isId(cursor)) {
            throw Params.invalid("cursor", "is not from an earlier page");
        }
        List<Task> found = tasks.page(TaskMethods.principal(call), cursor, PAGE_SIZE + 1);
        ObjectNode page = JsonNodeFactory.instance.objectNode();
        var items = page.putArray("tasks");
        found.stream()
                .limit(PAGE_SIZE)
                .filter(task -> access.mayUse(call.session(), task))
                .map(TaskJson::legacy)
                .forEach(items::add);
        if (found.size() > PAGE_SIZE) {
            page.put("nextCursor", found.get(PAGE_SIZE - 1).id());
        }
        return page;
    }

    /**
     * Blocks until the task has ended, and returns the result of its call. Meanwhile, sends the
     * questions of the task to the client.
     *
     * @throws JsonRpcException with the error of the call, or {@code -32602} if the task was
     *     cancelled
     */
    public ObjectNode result(CallAttempt attempt) throws InterruptedException {
        Call call = attempt.call();
        String id = TaskMethods.id(call);
        Map<String, Future<Boolean>> asked = new HashMap<>();
        BlockingQueue<Boolean> change = waits.begin(id);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        try {
            while (true) {
                Task task = find(call, asked.values());
                if (task == null) {
                    change.poll(LOOK.toMillis(), TimeUnit.MILLISECONDS);
                    continue;
                }
                if (task.status().isFinal()) {
                    return outcome(task);
                }
                task.inputs()
                        .open()
                        .forEachEntry((key, question) -> {
                            Future<Boolean> before = asked.get(key);
                            if (before == null || before.isDone() && !before.resultNow()) {
                                asked.put(
                                        key,
                                        threads.submit(() -> ask(attempt, task, key, question)));
                            }
                        });
                change.poll(LOOK.toMillis(), TimeUnit.MILLISECONDS);
            }
        } finally {
            threads.shutdownNow();
            waits.end(id, change);
        }
    }

    private static ObjectNode outcome(Task task) {
        if (task.error() != null) {
            throw new JsonRpcException(task.error());
        }
        if (task.result() == null) {
            throw ErrorCode.INVALID_PARAMS.exception("The task was cancelled: it has no result");
        }
        return ClientInput.relatedTo(task.result(), task.id());
    }

    /**
     * Asks the client, and stores its answer for the handler, which may run on another node.
     *
     * @return false if the question stays open and can be asked again
     */
    private boolean ask(CallAttempt attempt, Task task, String key, JsonNode question) {
        try {
            ObjectNode answer = answer(attempt, task, question);
            if (answer == null) {
                return false;
            }
            ObjectNode answers = JsonNodeFactory.instance.objectNode();
            answers.set(key, answer);
            TaskWrites.retry(() ->
                    tasks.change(
                            task.principal(), task.id(), (now, at) -> now.answered(answers, at)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the request has ended
        } catch (TaskStore.UnavailableException e) {
            log.atDebug().setCause(e).log("an answer for a task could not be stored");
            return false;
        } catch (RuntimeException e) {
            log.atError().setCause(e).log("a question of a task could not be asked");
        }
        return true;
    }

    /**
     * Returns the client's answer; null if the question stays open. A form that the client does not
     * show is cancelled. Without an answer to any other question, the task fails.
     */
    private @Nullable ObjectNode answer(CallAttempt attempt, Task task, JsonNode question)
            throws InterruptedException {
        try {
            return clientInput.ask(attempt, task.id(), question);
        } catch (InputRefusedException e) {
            if (attempt.call().session().outgoing().isClosed()) {
                return null;
            }
            if (question.path("method")
                    .asString("")
                    .equals(InputRequest.Kind.ELICITATION.method())) {
                return JsonNodeFactory.instance.objectNode().put("action", "cancel");
            }
            var error = ErrorCode.INTERNAL_ERROR.error(String.valueOf(e.getMessage()));
            TaskWrites.retry(() -> tasks.fail(task, error));
            return null;
        }
    }

    /** Finds the task. Returns null if the store cannot be reached while a question is asked. */
    private @Nullable Task find(Call call, Collection<Future<Boolean>> asked)
            throws InterruptedException {
        try {
            return find(call);
        } catch (TaskStore.UnavailableException e) {
            if (asked.stream().allMatch(Future::isDone)) {
                throw e;
            }
            return null; // the client's answer can still be stored when the store is back
        }
    }

    private Task find(Call call) throws InterruptedException {
        return TaskMethods.find(tasks, access, call);
    }
}
