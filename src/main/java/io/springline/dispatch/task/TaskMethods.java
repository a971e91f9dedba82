package io.springline.dispatch.task;

import io.springline.dispatch.call.Call;
import io.springline.feature.schema.Params;
import io.springline.feature.task.Task;
import io.springline.feature.task.Tasks;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Serves the methods of the tasks extension. The error for a task of another principal is that for
 * an unknown one.
 *
 * @see <a href="https://modelcontextprotocol.io/seps/2663-tasks-extension">SEP-2663, tasks
 *     extension</a>
 */
public final class TaskMethods {

    /** No id is longer. In characters. */
    private static final int MAX_ID = 512;

    private final Tasks tasks;
    private final TaskAccess access;

    public TaskMethods(Tasks tasks, TaskAccess access) {
        this.tasks = tasks;
        this.access = access;
    }

    public ObjectNode get(Call call) throws InterruptedException {
        requireExtension(call);
        return TaskJson.detailed(find(call));
    }

    /** Stores the client's answers to the questions of a task. */
    public ObjectNode update(Call call) throws InterruptedException {
        requireExtension(call);
        String id = id(call);
        ObjectNode answers = answers(call);
        find(call);
        known(tasks.change(principal(call), id, (now, at) -> now.answered(answers, at)));
        return JsonNodeFactory.instance.objectNode();
    }

    /** Cancels a task. Does nothing if it has ended. */
    public ObjectNode cancel(Call call) throws InterruptedException {
        requireExtension(call);
        find(call);
        known(tasks.cancel(principal(call), id(call)));
        return JsonNodeFactory.instance.objectNode();
    }

    /**
     * Returns the client's answers to the questions of a task.
     *
     * @throws JsonRpcException {@code -32602} if they are missing or not valid
     */
    public static ObjectNode answers(Call call) {
        ObjectNode answers = Params.requiredObject(call.params(), "inputResponses");
        answers.forEachEntry((key, answer) -> {
            if (!answer.isObject()) {
                throw Params.invalid("inputResponses." + Params.shown(key), "must be an object");
            }
        });
        return answers;
    }

    /**
     * @throws JsonRpcException {@code -32021} if the request does not declare the extension
     */
    public static void requireExtension(Call call) {
        if (!call.takesTasks()) {
            throw TaskCalls.missingExtension();
        }
    }

    private Task find(Call call) throws InterruptedException {
        return find(tasks, access, call);
    }

    /**
     * Finds the task that the request names.
     *
     * @throws JsonRpcException {@code -32602} if no task of the caller has this id
     */
    static Task find(Tasks tasks, TaskAccess access, Call call) throws InterruptedException {
        Task found = known(tasks.find(principal(call), id(call)));
        if (!access.mayUse(call.session(), found)) {
            throw unknown();
        }
        return found;
    }

    static String principal(Call call) {
        return call.session().caller().name();
    }

    /**
     * Returns the id of the task that the request names.
     *
     * @throws JsonRpcException {@code -32602} if it is missing or too long
     */
    public static String id(Call call) {
        String id = Params.string(call.params(), "taskId");
        if (id.length() > MAX_ID) {
            throw unknown();
        }
        return id;
    }

    /** Returns an error as the member of a task. */
    public static ObjectNode error(JsonRpcError error) {
        return TaskJson.error(error);
    }

    /** Returns true if a task in the shape of 2026-07-28 has ended. */
    static boolean isFinal(ObjectNode task) {
        String status = task.path("status").asString("");
        return !status.equals("working") && !status.equals("input_required");
    }

    static Task known(@Nullable Task task) {
        if (task == null) {
            throw unknown();
        }
        return task;
    }

    /** Returns the error for a task that does not exist, or that the caller may not use. */
    public static JsonRpcException unknown() {
        return ErrorCode.INVALID_PARAMS.exception(
                "Unknown task: it does not exist, has expired, or belongs to somebody else");
    }
}
