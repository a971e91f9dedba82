package io.springline.dispatch;

import io.springline.dispatch.call.Call;
import io.springline.dispatch.call.CallContext;
import io.springline.dispatch.call.CallOutcome;
import io.springline.dispatch.call.MultiRoundTrip;
import io.springline.dispatch.task.LegacyTaskMethods;
import io.springline.dispatch.task.TaskCalls;
import io.springline.dispatch.task.TaskMethods;
import io.springline.feature.TaskSupport.Mode;
import io.springline.feature.Tool;
import io.springline.feature.endpoint.Features;
import io.springline.feature.endpoint.Page;
import io.springline.feature.schema.Params;
import io.springline.feature.task.TaskProperties;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.jsonrpc.SharedObject;
import io.springline.mcp.LogLevel;
import io.springline.mcp.McpMethod;
import io.springline.mcp.ProtocolVersion;
import io.springline.session.Caller;
import io.springline.session.McpSession;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Calls the feature for each MCP method. One line per method. */
final class Methods {

    private final Features features;
    private final AuthorizationGuard access;
    private final Lifecycle lifecycle;
    private final SubscriptionHandler subscriptions;
    private final MultiRoundTrip multiRoundTrip;
    private final TaskCalls taskCalls;
    private final TaskMethods tasks;
    private final LegacyTaskMethods legacyTasks;
    private final TaskProperties taskProperties;
    private final RemoteTaskMethods remoteTasks;
    private final ToolNames toolNames;

    Methods(
            Features features,
            AuthorizationGuard access,
            Lifecycle lifecycle,
            SubscriptionHandler subscriptions,
            MultiRoundTrip multiRoundTrip,
            TaskCalls taskCalls,
            TaskMethods tasks,
            LegacyTaskMethods legacyTasks,
            TaskProperties taskProperties) {
        this.features = features;
        this.access = access;
        this.lifecycle = lifecycle;
        this.subscriptions = subscriptions;
        this.multiRoundTrip = multiRoundTrip;
        this.taskCalls = taskCalls;
        this.tasks = tasks;
        this.legacyTasks = legacyTasks;
        this.taskProperties = taskProperties;
        this.remoteTasks = new RemoteTaskMethods(features, access);
        this.toolNames = new ToolNames(features.tools(), access);
    }

    /**
     * Returns the call with the name that its tool has at this endpoint.
     *
     * @throws JsonRpcException if several tools could be meant, or if no extension has the method
     */
    Call named(Call call) {
        if (call.method() == McpMethod.EXTENSION && !features.extensions().serve(call.name())) {
            throw RequestResolver.notFound(call.name());
        }
        return toolNames.resolve(call);
    }

    /**
     * Makes features available that differ by caller, if the call may need them: lists and reads
     * do, calls of something that is not known yet, and subscriptions. Then resolves the name of a
     * tool again that was unknown before.
     *
     * @return why some features are not available to the caller
     * @throws JsonRpcException see {@link #named}
     */
    List<String> prepare(CallContext context) throws InterruptedException {
        Call call = context.attempt().call();
        List<String> unavailable = List.of();
        switch (call.method()) {
            case TOOLS_LIST,
                    RESOURCES_LIST,
                    RESOURCE_TEMPLATES_LIST,
                    RESOURCES_READ,
                    PROMPTS_LIST ->
                    unavailable = features.preparations().run(context);
            case TOOLS_CALL, PROMPTS_GET -> {
                if (isUnknown(call)) {
                    unavailable = features.preparations().run(context);
                    context.call(toolNames.resolve(call));
                }
            }
            case RESOURCES_SUBSCRIBE, LISTEN -> features.preparations().join(context);
            case INITIALIZE,
                    DISCOVER,
                    PING,
                    SET_LEVEL,
                    RESOURCES_UNSUBSCRIBE,
                    COMPLETE,
                    TASKS_GET,
                    TASKS_UPDATE,
                    TASKS_CANCEL,
                    TASKS_RESULT,
                    TASKS_LIST,
                    EXTENSION -> {}
        }
        return unavailable;
    }

    /**
     * Serves the request, after a check of the access rules. Runs on a thread that reads messages
     * if it does not block, otherwise on the request's own thread.
     *
     * @param unavailable as {@link #prepare} has returned it
     */
    CallOutcome call(CallContext context, List<String> unavailable) throws Exception {
        Call call = context.attempt().call();
        ObjectNode params = call.params();
        access.check(call);
        if (isUnknown(call)) {
            refuseIfUnavailable(call, unavailable);
        }
        return switch (call.method()) {
            case INITIALIZE -> result(lifecycle.initialize(call.session(), params));
            case DISCOVER -> result(lifecycle.discover(call.session()));
            case PING -> empty();
            case SET_LEVEL -> {
                call.session().logLevel(level(params));
                yield empty();
            }
            case RESOURCES_SUBSCRIBE -> {
                subscriptions.subscribe(call.session(), params, features.resources());
                yield empty();
            }
            case RESOURCES_UNSUBSCRIBE -> {
                subscriptions.unsubscribe(call.session(), params, features.resources());
                yield empty();
            }
            case LISTEN -> subscriptions.listen(context, features.resources(), remoteTasks);
            case TOOLS_LIST ->
                    list(
                            "tools",
                            withTaskSupport(
                                    call,
                                    features.tools()
                                            .list(cursor(params), access.visible(call), id(call))));
            case RESOURCES_LIST ->
                    list(
                            "resources",
                            features.resources()
                                    .list(cursor(params), access.visible(call), id(call)));
            case RESOURCE_TEMPLATES_LIST ->
                    list(
                            "resourceTemplates",
                            features.resources()
                                    .listTemplates(cursor(params), access.visible(call), id(call)));
            case PROMPTS_LIST ->
                    list(
                            "prompts",
                            features.prompts()
                                    .list(cursor(params), access.visible(call), id(call)));
            case TOOLS_CALL -> {
                MultiRoundTrip.Handler handler =
                        round -> features.tools().call(round, params, call.session().share());
                Tool tool = features.tools().find(nameOf(call), id(call));
                yield tool == null
                        ? multiRoundTrip.serve(context, handler)
                        : taskCalls.serve(
                                context,
                                () -> access.taskTool(call.session(), nameOf(call)),
                                taskProperties.supportOf(tool),
                                handler);
            }
            case RESOURCES_READ ->
                    multiRoundTrip.serve(
                            context, round -> features.resources().read(round, params));
            case PROMPTS_GET ->
                    multiRoundTrip.serve(context, round -> features.prompts().get(round, params));
            case COMPLETE -> result(features.completions().complete(context, params));
            case TASKS_GET, TASKS_UPDATE, TASKS_CANCEL -> result(task(context));
            case TASKS_RESULT -> result(legacyTasks.result(context.attempt()));
            case TASKS_LIST -> result(legacyTasks.list(call));
            case EXTENSION -> result(extension(context, call));
        };
    }

    /**
     * Refuses a call of something unknown that may belong to a server which cannot be used now.
     *
     * @param unavailable why servers cannot be used by this caller
     */
    private void refuseIfUnavailable(Call call, List<String> unavailable) {
        Caller caller = call.session().caller();
        List<String> reasons = new ArrayList<>(unavailable);
        reasons.addAll(
                features.preparations()
                        .unreachable(endpoint -> access.mayUseAnything(endpoint, caller)));
        if (!reasons.isEmpty()) {
            throw ErrorCode.INVALID_PARAMS.exception(
                    "Unknown name: %s. It may belong to a server that you cannot use now: %s"
                            .formatted(Params.shown(nameOf(call)), String.join("; ", reasons)));
        }
    }

    /** Returns true if {@link #call} would not block. */
    boolean isNonBlocking(CallContext context) {
        Call call = context.attempt().call();
        return TaskCalls.isPlain(call) && features.tools().isNonBlocking(nameOf(call), context);
    }

    private ObjectNode task(CallContext context) throws InterruptedException {
        Call call = context.attempt().call();
        if (!call.version().isModern()) {
            return call.method() == McpMethod.TASKS_CANCEL
                    ? legacyTasks.cancel(call)
                    : legacyTasks.get(call);
        }
        ObjectNode remote = remoteTasks.serve(context);
        if (remote != null) {
            return remote;
        }
        return switch (call.method()) {
            case TASKS_UPDATE -> tasks.update(call);
            case TASKS_CANCEL -> tasks.cancel(call);
            default -> tasks.get(call);
        };
    }

    /** Returns the page as 2025-11-25 has it, in which each tool says whether it runs as a task. */
    private Page withTaskSupport(Call call, Page page) {
        if (call.version() != ProtocolVersion.V2025_11_25) {
            return page;
        }
        List<ObjectNode> tools = new ArrayList<>();
        for (ObjectNode listed : page.items()) {
            Tool known = features.tools().find(listed.path("name").asString(""), id(call));
            Mode mode = known == null ? Mode.NEVER : taskProperties.supportOf(known).mode();
            tools.add(SharedObject.of(listed).derived(mode, tool -> withMode(tool, mode)));
        }
        return new Page(tools, page.nextCursor());
    }

    private static ObjectNode withMode(ObjectNode listed, Mode mode) {
        ObjectNode tool = listed.objectNode();
        tool.setAll(listed);
        tool.remove("execution");
        if (mode != Mode.NEVER) {
            tool.putObject("execution")
                    .put("taskSupport", mode == Mode.REQUIRED ? "required" : "optional");
        }
        return tool;
    }

    /** Returns true if the request calls a tool or prompt that is not known. */
    private boolean isUnknown(Call call) {
        return switch (call.method()) {
            case TOOLS_CALL, PROMPTS_GET -> target(call) == null;
            default -> false;
        };
    }

    /**
     * Serves a method of an extension. Entries with a URI that the caller may not read are removed.
     */
    private ObjectNode extension(CallContext context, Call call) throws InterruptedException {
        Caller caller = call.session().caller();
        ObjectNode result =
                features.extensions()
                        .call(
                                context,
                                call.name(),
                                endpoint -> access.mayUseAnything(endpoint, caller));
        Predicate<String> visible = access.visible(call);
        if (visible != null && result.path("skills") instanceof ArrayNode skills) {
            skills.removeIf(skill -> !visible.test(skill.path("uri").asString("")));
        }
        return result;
    }

    /**
     * Returns true if the call may be run again when it is unknown whether it was run before: all
     * methods except {@code tools/call}, and tools that are declared read-only or idempotent. Not a
     * tool that is unknown so far: it may be known when the call runs.
     */
    boolean isRepeatable(Call call) {
        return switch (call.method()) {
            case TOOLS_CALL -> features.tools().isRepeatable(call.params(), id(call));
            case INITIALIZE,
                    DISCOVER,
                    PING,
                    SET_LEVEL,
                    RESOURCES_SUBSCRIBE,
                    RESOURCES_UNSUBSCRIBE,
                    LISTEN,
                    TOOLS_LIST,
                    RESOURCES_LIST,
                    RESOURCE_TEMPLATES_LIST,
                    PROMPTS_LIST,
                    RESOURCES_READ,
                    PROMPTS_GET,
                    COMPLETE,
                    TASKS_GET,
                    TASKS_UPDATE,
                    TASKS_CANCEL,
                    TASKS_RESULT,
                    TASKS_LIST ->
                    true;
            case EXTENSION -> false;
        };
    }

    /** Lets a session that another node owned receive changes of features that differ by caller. */
    void join(RestoredSession session) {
        features.preparations().join(session);
    }

    /** Continues a {@code subscriptions/listen} request that was opened on another node. */
    void keepListening(CallContext listen) {
        subscriptions.restore(listen, features.resources(), remoteTasks);
    }

    /** Continues the {@code resources/subscribe} subscriptions that were made on another node. */
    void keepSubscriptions(McpSession session) {
        subscriptions.keep(session, features.resources());
    }

    /** See {@link McpDispatcher#argumentHeaders}. */
    Map<JsonPointer, String> argumentHeaders(String tool) {
        return features.tools().argumentHeaders(tool);
    }

    void endListening(McpSession session) {
        subscriptions.endAll(session, features.resources());
    }

    /**
     * Returns the name of the tool or prompt that the request calls, or null if there is none of
     * this name.
     */
    @Nullable String target(Call call) {
        String name = nameOf(call);
        boolean known =
                switch (call.method()) {
                    case TOOLS_CALL -> features.tools().find(name, id(call)) != null;
                    case PROMPTS_GET -> features.prompts().has(name, id(call));
                    default -> false;
                };
        return known ? name : null;
    }

    private static String nameOf(Call call) {
        return call.params().path("name").asString("");
    }

    private static String id(Call call) {
        return call.session().connection().id();
    }

    private static CallOutcome list(String member, Page page) {
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        result.putArray(member).addAll(page.items());
        if (page.nextCursor() != null) {
            result.put("nextCursor", page.nextCursor());
        }
        return result(result);
    }

    private static @Nullable String cursor(ObjectNode params) {
        return Params.optionalString(params, "cursor");
    }

    private static LogLevel level(ObjectNode params) {
        return LogLevel.of(Params.string(params, "level"))
                .orElseThrow(() -> Params.invalid("level", "must be one of " + LogLevel.allowed()));
    }

    private static CallOutcome result(ObjectNode json) {
        return new CallOutcome.Result(json);
    }

    private static CallOutcome empty() {
        return result(JsonNodeFactory.instance.objectNode());
    }
}
