package io.springline.feature.endpoint;

import io.springline.feature.InputRefusedException;
import io.springline.feature.RequestContext;
import io.springline.feature.Tool;
import io.springline.feature.ToolCall;
import io.springline.feature.ToolCallRefusedException;
import io.springline.feature.ToolHandler;
import io.springline.feature.result.PendingOutcome;
import io.springline.feature.result.ToolOutcome;
import io.springline.feature.result.ToolResult;
import io.springline.feature.schema.ArgumentHeaders;
import io.springline.feature.schema.Params;
import io.springline.feature.schema.Schema;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.mcp.McpExtensions;
import io.springline.mcp.Topic;
import io.springline.session.limit.ProcessorShare;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.access.AccessDeniedException;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The tools of an endpoint, in order of registration. May be changed while the server runs; clients
 * then get a notification. Thread-safe.
 */
public final class Tools {

    private static final Logger log = LoggerFactory.getLogger(Tools.class);

    private record Checked(
            Tool tool,
            @Nullable Schema input,
            @Nullable Schema output,
            Map<JsonPointer, String> headers) {}

    private final Listing<Checked> tools;
    private final String endpoint;
    private final ChangeAnnouncer announcer;
    private final ToolCallInterceptor interceptor;
    private volatile Predicate<String> foreignApps = _ -> false;

    /**
     * @param endpoint the name of the endpoint, empty for the main one
     * @param announcer publishes change notifications
     * @param pageSize entries per page of the list, at least 1
     * @param interceptor sees every call
     */
    Tools(
            String endpoint,
            ChangeAnnouncer announcer,
            int pageSize,
            ToolCallInterceptor interceptor) {
        this.endpoint = endpoint;
        this.announcer = announcer;
        this.interceptor = interceptor;
        this.tools =
                new Listing<>(
                        "Tool",
                        checked -> checked.tool.name(),
                        checked -> checked.tool.definition(),
                        pageSize);
    }

    /**
     * @throws IllegalArgumentException if a name is taken or a schema is invalid; then nothing has
     *     changed
     */
    public void add(Collection<Tool> added) {
        replace(List.of(), added);
    }

    /** Removes tools. Ignores names that do not exist. */
    public void remove(Collection<String> names) {
        replace(names, List.of());
    }

    /**
     * Removes and adds tools in one step, with one notification.
     *
     * @throws IllegalArgumentException if an added name is taken or a schema is invalid; then
     *     nothing has changed
     */
    public void replace(Collection<String> removed, Collection<Tool> added) {
        if (tools.change(removed, added.stream().map(Tools::checked).toList())) {
            announceChange();
        }
    }

    /**
     * Does the same, for a change that every node makes by itself: only the clients of this node
     * are notified, so that each client gets one notification.
     */
    public void replaceHere(Collection<String> removed, Collection<Tool> added) {
        if (tools.change(removed, added.stream().map(Tools::checked).toList())) {
            announceChangeHere();
        }
    }

    /** Notifies clients that definitions have changed although the names have not. */
    public void announceChange() {
        announcer.everywhere(new Topic.ToolsChanged());
    }

    /** Does the same for the clients of this node only, see {@link #replaceHere}. */
    public void announceChangeHere() {
        announcer.here(new Topic.ToolsChanged());
    }

    /** Returns all tools, in order. */
    public List<Tool> all() {
        return tools.all().stream().map(Checked::tool).toList();
    }

    /** Returns the names of all tools, in order. */
    public Set<String> names() {
        return tools.keys();
    }

    /**
     * Returns the names by which access rules can match this tool; empty if the session has no tool
     * of this name.
     */
    public List<String> namesOf(String name, String session) {
        Checked checked = tools.find(name, session);
        return checked == null ? List.of() : Listing.names(name, checked.tool.aliases());
    }

    /** Returns the names of the session's tools that have this name at their upstream. */
    public List<String> namedAtUpstream(String name, String session) {
        return named(name, session).map(Tool::name).toList();
    }

    private Stream<Tool> named(String atUpstream, String session) {
        return tools.all(session).stream()
                .map(Checked::tool)
                .filter(tool -> tool.aliases().stream().limit(1).anyMatch(atUpstream::equals));
    }

    /**
     * Returns the arguments that 2026-07-28 clients repeat in HTTP headers: for each argument's
     * place, the name of the header. Empty for an unknown tool.
     */
    public Map<JsonPointer, String> argumentHeaders(String name) {
        Checked checked = tools.find(name, "");
        return checked == null ? Map.of() : checked.headers;
    }

    /** See {@link Features#joinGroup}; returns false if it was in this group already. */
    boolean join(String session, String group) {
        return tools.join(session, group);
    }

    /** Removes a session from its group. */
    void leave(String session) {
        tools.leave(session);
    }

    /**
     * Sets what some sessions see differently, by session id. Replaces all earlier offers, and
     * sends no notification.
     */
    public void offerToSessions(Map<String, SessionOffer<Tool>> offers) {
        var checked = new HashMap<String, SessionOffer<Checked>>();
        offers.forEach((session, offer) ->
                checked.put(
                        session,
                        new SessionOffer<>(
                                offer.hidden(),
                                offer.added().stream().map(Tools::checked).toList())));
        tools.offerToSessions(checked);
    }

    /** Returns the session's tool of this name, or null. */
    public @Nullable Tool find(String name, String session) {
        Checked checked = tools.find(name, session);
        return checked == null ? null : checked.tool;
    }

    /**
     * Returns the session's tool that is the tool of this name at an upstream, or null.
     *
     * @param name the name at the upstream
     */
    public @Nullable Tool ofUpstream(String upstream, String name, String session) {
        return named(name, session)
                .filter(tool -> upstream.equals(tool.upstream()))
                .findFirst()
                .orElse(null);
    }

    /**
     * Returns the outcome of a task of another server as the client may see it.
     *
     * @param outcome gives the result, or throws the error of the call
     */
    public ToolOutcome outcome(
            Tool tool, RequestContext context, ProcessorShare share, Callable<ToolResult> outcome)
            throws InterruptedException {
        var call = new ToolCall(tool, context, endpoint);
        return outcome(tool, context, () -> interceptor.outcome(call, share, outcome::call));
    }

    /** See {@link Features#foreignApps}. */
    void foreignApps(Predicate<String> foreign) {
        foreignApps = foreign;
    }

    /** Returns true if a tool of this server, not of an upstream, has an app. */
    boolean hasOwnApp() {
        return tools.all().stream()
                .anyMatch(checked ->
                        checked.tool.upstream() == null
                                && !McpExtensions.appUri(checked.tool.definition().path("_meta"))
                                        .isEmpty());
    }

    /**
     * Returns one page of the session's tools.
     *
     * @param cursor null for the first page
     * @param visible filter on the names, or null for all
     */
    public Page list(@Nullable String cursor, @Nullable Predicate<String> visible, String session) {
        return tools.page(cursor, visible, session);
    }

    /**
     * Serves {@code tools/call}. Invalid arguments, an exception of the handler and a result that
     * does not match the output schema give an {@code isError} result, which the client's model can
     * read.
     *
     * @param share the caller's share of the processors, in which arguments and results are
     *     validated
     * @throws JsonRpcException if the tool is unknown or params are invalid
     * @throws InterruptedException if the request was cancelled
     */
    public ToolOutcome call(RequestContext context, ObjectNode params, ProcessorShare share)
            throws InterruptedException {
        String name = Params.string(params, "name");
        Checked checked = tools.find(name, context.sessionId());
        if (checked == null) {
            throw ErrorCode.INVALID_PARAMS.exception("Unknown tool: " + Params.shown(name));
        }
        requireCallable(checked.tool, McpExtensions.appUri(context.meta()));
        ObjectNode arguments = Params.object(params, "arguments");
        List<String> faults = faults(checked.input, arguments, share);
        if (!faults.isEmpty()) {
            return ToolResult.error("Invalid arguments: " + String.join("; ", faults));
        }
        var call = new ToolCall(checked.tool, context, endpoint);
        ToolHandler tool = (run, given) -> run(checked, run, given, arguments, share);
        return outcome(checked.tool, context, () -> interceptor.call(call, arguments, share, tool));
    }

    /** Returns true if the tool exists, and {@link #call} would not wait for anything. */
    public boolean isNonBlocking(String name, RequestContext context) {
        Tool tool = find(name, context.sessionId());
        return tool != null && interceptor.isNonBlocking() && tool.handler().isNonBlocking(context);
    }

    /** Refuses the call of an app of another server, and of a tool that is for models only. */
    private void requireCallable(Tool tool, String app) {
        if (app.isEmpty()) {
            return;
        }
        if (McpExtensions.isForModelsOnly(tool.definition().path("_meta"))) {
            throw ErrorCode.INVALID_PARAMS.exception(
                    "Tool '%s' is for models only: an app may not call it".formatted(tool.name()));
        }
        if (tool.upstream() == null && foreignApps.test(app)) {
            throw ErrorCode.INVALID_PARAMS.exception(
                    "Tool '%s' does not belong to the server of the app: an app may call only the tools of its own server"
                            .formatted(tool.name()));
        }
    }

    /**
     * Runs the handler.
     *
     * @param received the client's arguments, which are valid
     */
    private static ToolOutcome run(
            Checked checked,
            RequestContext context,
            ObjectNode arguments,
            ObjectNode received,
            ProcessorShare share)
            throws InterruptedException {
        List<String> faults =
                arguments == received ? List.of() : faults(checked.input, arguments, share);
        if (!faults.isEmpty()) {
            log.atError()
                    .addKeyValue("tool", checked.tool.name())
                    .addKeyValue("faults", faults)
                    .log("A filter made the arguments of a tool invalid. The tool was not called");
            return failed(checked.tool);
        }
        Tool tool = checked.tool;
        ToolOutcome outcome = outcome(tool, context, () -> tool.handler().call(context, arguments));
        return outcome instanceof PendingOutcome pending
                ? pending.then(rest -> () -> checkedResult(checked, rest.call(), share))
                : checkedResult(checked, outcome, share);
    }

    /** Returns true if the session has the tool, and it is declared read-only or idempotent. */
    public boolean isRepeatable(ObjectNode params, String session) {
        Checked checked = tools.find(params.path("name").asString(""), session);
        return checked != null && checked.tool.isRepeatable();
    }

    private static ToolOutcome outcome(
            Tool tool, RequestContext context, Callable<ToolOutcome> code)
            throws InterruptedException {
        try {
            ToolOutcome outcome = code.call();
            return outcome instanceof PendingOutcome pending
                    ? pending.then(rest -> () -> outcome(tool, context, rest))
                    : outcome;
        } catch (InterruptedException
                | JsonRpcException
                | InputRefusedException
                | AccessDeniedException e) {
            throw e;
        } catch (ToolCallRefusedException e) {
            return ToolResult.error(String.valueOf(e.getMessage()));
        } catch (Exception e) {
            if (context.isCancelled()) {
                throw new InterruptedException();
            }
            log.atError()
                    .addKeyValue("tool", tool.name())
                    .setCause(e)
                    .log("A tool threw an exception. Its client got an isError result");
            return failed(tool);
        }
    }

    private static ToolResult failed(Tool tool) {
        return ToolResult.error("Tool '%s' failed".formatted(tool.name()));
    }

    private static List<String> faults(
            @Nullable Schema schema, JsonNode value, ProcessorShare share) {
        return schema == null ? List.of() : share.run(() -> schema.validate(value));
    }

    private static ToolOutcome checkedResult(
            Checked checked, ToolOutcome outcome, ProcessorShare share) {
        if (checked.output == null || !(outcome instanceof ToolResult result) || result.isError()) {
            return outcome;
        }
        JsonNode structured = result.json().path("structuredContent");
        List<String> faults =
                structured.isMissingNode()
                        ? List.of("structuredContent is missing")
                        : faults(checked.output, structured, share);
        if (faults.isEmpty()) {
            return outcome;
        }
        log.atError()
                .addKeyValue("tool", checked.tool.name())
                .addKeyValue("faults", faults)
                .log(
                        "The result of a tool does not match its outputSchema. Its client got an isError result");
        return ToolResult.error(
                "The result of tool '%s' does not match its outputSchema"
                        .formatted(checked.tool.name()));
    }

    private static Checked checked(Tool tool) {
        Map<JsonPointer, String> headers = ArgumentHeaders.of(tool.definition(), _ -> {});
        if (tool.relayed()) {
            return new Checked(tool, null, null, headers);
        }
        String owner = "Tool '%s', ".formatted(tool.name());
        Schema input = Schema.compile(owner + "inputSchema", tool.definition().path("inputSchema"));
        JsonNode output = tool.definition().path("outputSchema");
        return new Checked(
                tool,
                input,
                output.isMissingNode() ? null : Schema.compile(owner + "outputSchema", output),
                headers);
    }
}
