package io.springline.dispatch;

import io.springline.dispatch.call.Call;
import io.springline.dispatch.call.CallContext;
import io.springline.dispatch.task.TaskMethods;
import io.springline.feature.RemoteTask;
import io.springline.feature.RequestContext;
import io.springline.feature.Tool;
import io.springline.feature.endpoint.Features;
import io.springline.feature.result.ToolOutcome;
import io.springline.feature.result.ToolResult;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.mcp.McpMethod;
import io.springline.session.McpSession;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Serves the methods of the tasks extension for tasks of other servers. A caller who may no longer
 * use the tool of a task gets the error for an unknown task. Thread-safe.
 */
final class RemoteTaskMethods {

    private final Features features;
    private final AuthorizationGuard access;

    RemoteTaskMethods(Features features, AuthorizationGuard access) {
        this.features = features;
        this.access = access;
    }

    /**
     * Returns true if the id is that of a task of the caller at another server. Whether the caller
     * may use it, is not checked here: its tool can be missing for a while.
     */
    boolean has(McpSession session, String id) {
        return features.extensions().task(session.caller(), id) != null;
    }

    /** Returns the name of the server of a task for which {@link #has} returns true. */
    String server(McpSession session, String id) {
        RemoteTask task = features.extensions().task(session.caller(), id);
        return task == null ? "" : task.server();
    }

    /**
     * Serves the request, if it names a task of another server.
     *
     * @return null if it does not
     * @throws JsonRpcException {@code -32602} if the task is not known there, or not for the caller
     */
    @Nullable ObjectNode serve(CallContext context) throws InterruptedException {
        Call call = context.attempt().call();
        TaskMethods.requireExtension(call);
        RemoteTask task = features.extensions().task(context.caller(), TaskMethods.id(call));
        if (task == null) {
            return null;
        }
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        if (call.method() == McpMethod.TASKS_UPDATE) {
            params.set("inputResponses", TaskMethods.answers(call));
        }
        ObjectNode result =
                request(context, call.session(), task, call.method().wireName(), params);
        if (result == null) {
            throw TaskMethods.unknown();
        }
        return result;
    }

    /**
     * Returns the state of a task of another server; null if it is not known any more. Blocks for
     * that server.
     *
     * @throws JsonRpcException if the task cannot be read now, or the caller may not use it now
     */
    @Nullable ObjectNode get(RequestContext context, McpSession session, String id)
            throws InterruptedException {
        RemoteTask task = features.extensions().task(session.caller(), id);
        return task == null
                ? null
                : request(
                        context, session, task, "tasks/get", JsonNodeFactory.instance.objectNode());
    }

    private @Nullable ObjectNode request(
            RequestContext context,
            McpSession session,
            RemoteTask task,
            String method,
            ObjectNode params)
            throws InterruptedException {
        Tool tool = tool(task, context.sessionId());
        if (tool == null) {
            features.preparations().run(context);
            tool = tool(task, context.sessionId());
        }
        if (tool == null) {
            throw ErrorCode.INTERNAL_ERROR.exception(
                    "The tool of the task is not offered now. Try again later");
        }
        if (!access.mayCall(session, tool.name())) {
            throw TaskMethods.unknown();
        }
        ObjectNode result = task.request(context, method, params);
        return result == null ? null : shown(tool, context, session, result);
    }

    private @Nullable Tool tool(RemoteTask task, String session) {
        return features.tools().ofUpstream(task.server(), task.tool(), session);
    }

    /**
     * Applies to the outcome of the task what applies to every outcome of its tool. If that fails,
     * so does the task: its outcome is not shown.
     */
    private ObjectNode shown(Tool tool, RequestContext context, McpSession session, ObjectNode task)
            throws InterruptedException {
        JsonNode result = task.remove("result");
        JsonNode error = task.remove("error");
        if (result == null && error == null) {
            return task;
        }
        try {
            ToolOutcome outcome =
                    features.tools()
                            .outcome(tool, context, session.share(), () -> outcome(result, error));
            if (error != null || !(outcome instanceof ToolResult(var json))) {
                throw ErrorCode.INTERNAL_ERROR.exception("The task has failed"); // as a filter has
            }
            task.set("result", json);
        } catch (JsonRpcException e) {
            task.put("status", "failed").set("error", TaskMethods.error(e.error()));
        }
        return task;
    }

    private static ToolResult outcome(@Nullable JsonNode result, @Nullable JsonNode error) {
        if (result instanceof ObjectNode json) {
            return new ToolResult(json);
        }
        JsonNode given = error == null ? JsonNodeFactory.instance.objectNode() : error;
        throw new JsonRpcException(
                new JsonRpcError(
                        given.path("code").asInt(ErrorCode.INTERNAL_ERROR.code()),
                        given.path("message").asString("The task has failed"),
                        given.get("data")));
    }
}
