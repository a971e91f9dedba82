package io.springline.dispatch.task;

import io.springline.dispatch.call.Call;
import io.springline.dispatch.call.CallContext;
import io.springline.dispatch.call.CallContext.CallAttempt;
import io.springline.dispatch.call.CallOutcome;
import io.springline.dispatch.call.MultiRoundTrip;
import io.springline.dispatch.call.ResponseWriter;
import io.springline.dispatch.call.TaskPromotion;
import io.springline.feature.TaskSupport;
import io.springline.feature.TaskSupport.Mode;
import io.springline.feature.schema.Params;
import io.springline.feature.task.Task;
import io.springline.feature.task.TaskStore;
import io.springline.feature.task.TaskTool;
import io.springline.feature.task.Tasks;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.mcp.ExtensionMethods;
import io.springline.mcp.McpMethod;
import io.springline.mcp.ProtocolVersion;
import java.time.Duration;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Runs tool calls, and lets them continue as tasks.
 *
 * <p>The handler does not notice: it stays on its thread with its context. Its request is answered
 * with the task, and what it returns is stored:
 *
 * <pre>
 * request ─▶ handler ─────────────────────┬─▶ returns
 *              └─ AUTO: after a while      │
 *                 ALWAYS: before it runs   ▼
 *                 answer: the task         the task is completed
 * </pre>
 */
public final class TaskCalls {

    private static final Logger log = LoggerFactory.getLogger(TaskCalls.class);

    /** The least time between two attempts to let a call become a task. */
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final Tasks tasks;
    private final RunningTasks running;
    private final TaskSubscriptions subscriptions;
    private final MultiRoundTrip multiRoundTrip;
    private final ResponseWriter responseWriter;
    private final BiFunction<McpMethod, Throwable, JsonRpcError> errors;

    /**
     * @param errors returns the error that the client gets for an exception of a handler
     */
    public TaskCalls(
            Tasks tasks,
            RunningTasks running,
            TaskSubscriptions subscriptions,
            MultiRoundTrip multiRoundTrip,
            ResponseWriter responseWriter,
            BiFunction<McpMethod, Throwable, JsonRpcError> errors) {
        this.tasks = tasks;
        this.running = running;
        this.subscriptions = subscriptions;
        this.multiRoundTrip = multiRoundTrip;
        this.responseWriter = responseWriter;
        this.errors = errors;
    }

    /**
     * Runs the handler of a tool.
     *
     * @param tool gives the tool as the task names it; called if the call becomes a task
     * @throws JsonRpcException {@code -32021}, in 2025-11-25 {@code -32601}, if the tool requires a
     *     client that can take tasks
     */
    public CallOutcome serve(
            CallContext context,
            Supplier<TaskTool> tool,
            TaskSupport support,
            MultiRoundTrip.Handler handler)
            throws Exception {
        Call call = context.attempt().call();
        boolean required = support.mode() == Mode.REQUIRED;
        if (call.version() == ProtocolVersion.V2025_11_25) {
            boolean asTask = LegacyTaskRequest.isIn(call.params());
            if (asTask && support.mode() == Mode.NEVER) {
                throw notThatWay(call, "does not run as a task. Call it without params.task");
            }
            if (!asTask && required) {
                throw notThatWay(call, "runs only as a task. Call it with params.task");
            }
            return asTask
                    ? promotable(context, tool, TaskSupport.ALWAYS, handler)
                    : multiRoundTrip.serve(context, handler);
        }
        if (!call.takesTasks() && required) {
            throw missingExtension();
        }
        return call.takesTasks() && support.mode() != Mode.NEVER
                ? promotable(context, tool, support, handler)
                : multiRoundTrip.serve(context, handler);
    }

    private static JsonRpcException notThatWay(Call call, String reason) {
        return ErrorCode.METHOD_NOT_FOUND.exception(
                "Tool '%s' %s"
                        .formatted(Params.shown(call.params().path("name").asString("")), reason));
    }

    /** Returns true for a tool call that does not become a task, and continues no earlier round. */
    public static boolean isPlain(Call call) {
        return call.method() == McpMethod.TOOLS_CALL
                && !call.takesTasks()
                && !LegacyTaskRequest.isIn(call.params())
                && !call.params().has("requestState");
    }

    private CallOutcome promotable(
            CallContext context,
            Supplier<TaskTool> tool,
            TaskSupport support,
            MultiRoundTrip.Handler handler)
            throws Exception {
        TaskPromotion promotion = context.promotable();
        Thread timer = null;
        if (support.mode() == Mode.AUTO) {
            timer = startTimer(context, tool, promotion, support.after());
        } else {
            promotion.begin();
            if (!promote(context, tool, promotion)) {
                return new CallOutcome.Later(); // the request was cancelled
            }
        }
        CallOutcome outcome = null;
        Throwable thrown = null;
        try {
            outcome = multiRoundTrip.serve(context, handler);
        } catch (Throwable t) {
            thrown = t;
        }
        var task = (RunningTask) context.settledTask();
        if (timer != null) {
            timer.interrupt();
        }
        if (task != null) {
            store(task, outcome, thrown);
            return new CallOutcome.Later();
        }
        return answer(outcome, thrown);
    }

    private static CallOutcome answer(@Nullable CallOutcome outcome, @Nullable Throwable thrown)
            throws Exception {
        switch (thrown) {
            case null -> {
                if (outcome == null) {
                    throw new IllegalStateException("neither an outcome nor an exception");
                }
                return outcome;
            }
            case Exception e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException(thrown);
        }
    }

    private void store(RunningTask task, @Nullable CallOutcome outcome, @Nullable Throwable thrown)
            throws InterruptedException {
        try {
            if (outcome instanceof CallOutcome.Result(var json)) {
                task.complete(json);
            } else {
                Throwable cause = thrown == null ? new IllegalStateException("no result") : thrown;
                if (!task.isCancelled()) {
                    task.fail(errors.apply(McpMethod.TOOLS_CALL, cause));
                }
            }
        } finally {
            running.ended(task);
        }
    }

    private Thread startTimer(
            CallContext context, Supplier<TaskTool> tool, TaskPromotion promotion, Duration after) {
        return Thread.startVirtualThread(() -> {
            try {
                do {
                    Thread.sleep(after.compareTo(PAUSE) < 0 ? PAUSE : after);
                } while (!tryPromote(context, tool, promotion));
            } catch (InterruptedException e) {
                // the handler has returned
            }
        });
    }

    /** Returns true if the call has become a task, or can become none any more. */
    private boolean tryPromote(
            CallContext context, Supplier<TaskTool> tool, TaskPromotion promotion)
            throws InterruptedException {
        if (!promotion.begin()) {
            return false; // it asks the client just now
        }
        CallAttempt attempt = context.attempt();
        // The client may answer a question with a request that cannot take a task.
        if (attempt.inFlight().hasEnded() || !attempt.call().takesTasks()) {
            promotion.failed();
            return false;
        }
        try {
            return promote(context, tool, promotion);
        } catch (JsonRpcException | TaskStore.UnavailableException e) {
            // The client waits for the result then.
            log.atDebug().setCause(e).log("a call has not become a task");
            return false;
        }
    }

    /**
     * Creates the task, and answers the request with it.
     *
     * @return false if the request was cancelled meanwhile
     */
    private boolean promote(CallContext context, Supplier<TaskTool> tool, TaskPromotion begun)
            throws InterruptedException {
        CallAttempt attempt = context.attempt();
        boolean modern = attempt.call().version().isModern();
        Duration ttl = modern ? null : LegacyTaskRequest.ttl(attempt.call().params());
        String principal = attempt.call().session().caller().name();
        RunningTask started = null;
        boolean promoted = false;
        try {
            Task created = tasks.create(principal, tool.get(), ttl);
            started = running.start(created, context.handler());
            ObjectNode json = modern ? TaskJson.created(created) : TaskJson.legacy(created);
            responseWriter.give(attempt, new CallOutcome.Continued(json));
            if (attempt.inFlight().isCancelled()) {
                tasks.discard(created);
            } else {
                context.promote(begun, started);
                promoted = true;
                if (!modern) {
                    subscriptions.watch(attempt.call().session(), created);
                }
            }
            return promoted;
        } finally {
            if (!promoted) {
                begun.failed();
                if (started != null) {
                    running.ended(started);
                }
            }
        }
    }

    /** Returns the error for a request that does not declare the extension. */
    static JsonRpcException missingExtension() {
        ObjectNode data = JsonNodeFactory.instance.objectNode();
        data.putObject("requiredCapabilities")
                .putObject("extensions")
                .putObject(ExtensionMethods.TASKS);
        return ErrorCode.MISSING_CLIENT_CAPABILITY.exception(
                "Missing required client capability: extensions." + ExtensionMethods.TASKS, data);
    }
}
