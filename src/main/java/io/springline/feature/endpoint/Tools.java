package io.springline.feature.endpoint;

import io.springline.feature.InputRefusedException;
import io.springline.feature.RequestContext;
import io.springline.feature.Tool;
import io.springline.feature.ToolOutcome;
import io.springline.feature.ToolResult;
import io.springline.feature.schema.Params;
import io.springline.feature.schema.Schema;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.mcp.Topic;
import io.springline.session.limit.ProcessorShare;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.access.AccessDeniedException;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The tools of this server, in order of registration. May be changed while the server runs; clients
 * that asked for it are told.
 */
public final class Tools {

    private static final Logger log = LoggerFactory.getLogger(Tools.class);

    private record Checked(
            Tool tool,
            @Nullable Schema input,
            @Nullable Schema output,
            Map<JsonPointer, String> headers) {}

    private final Listing<Checked> tools;
    private final Consumer<Topic> announcer;

    /**
     * @param pageSize entries on one page of the list, at least 1
     */
    public Tools(Consumer<Topic> announcer, int pageSize) {
        this.announcer = announcer;
        this.tools =
                new Listing<>(
                        "Tool",
                        checked -> checked.tool.name(),
                        checked -> checked.tool.definition(),
                        pageSize);
    }

    /**
     * @throws IllegalArgumentException with nothing changed, when a name is taken or a schema is
     *     none
     */
    public void add(Collection<Tool> added) {
        replace(List.of(), added);
    }

    /** Names that are not there are passed over. */
    public void remove(Collection<String> names) {
        replace(names, List.of());
    }

    /** One change, announced once. */
    public void replace(Collection<String> removed, Collection<Tool> added) {
        if (tools.change(removed, added.stream().map(Tools::checked).toList())) {
            announcer.accept(new Topic.ToolsChanged());
        }
    }

    /** Tells clients that the list is new, although the names are the same. */
    public void announceChange() {
        announcer.accept(new Topic.ToolsChanged());
    }

    /** The names of all tools, in their order. */
    public Set<String> names() {
        return tools.keys();
    }

    /**
     * Returns the names under which access rules name this tool; empty if the session is not
     * offered such a tool.
     */
    public List<String> namesOf(String name, String session) {
        Checked checked = tools.find(name, session);
        return checked == null ? List.of() : Listing.names(name, checked.tool.aliases());
    }

    /**
     * Returns the HTTP headers that 2026-07-28 clients repeat arguments of a tool in, by the place
     * of the argument; none for an unknown tool.
     */
    public Map<JsonPointer, String> argumentHeaders(String name) {
        Checked checked = tools.find(name, "");
        return checked == null ? Map.of() : checked.headers;
    }

    /** Replaces what single sessions are offered differently, by session id. Announces nothing. */
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

    /** Returns true if the session is offered a tool of this name. */
    public boolean has(String name, String session) {
        return tools.find(name, session) != null;
    }

    /**
     * @param visible which names are shown; null for all
     * @param session as which session sees it
     */
    public Page list(@Nullable String cursor, @Nullable Predicate<String> visible, String session) {
        return tools.page(cursor, visible, session);
    }

    /**
     * Serves {@code tools/call}. Arguments that break the input schema, an exception of the handler
     * and a result that breaks the output schema are results with {@code isError}, for the model to
     * read.
     *
     * @param share in which arguments and results are checked
     * @throws JsonRpcException for an unknown tool or malformed params
     * @throws InterruptedException when the request was cancelled
     */
    public ToolOutcome call(RequestContext context, ObjectNode params, ProcessorShare share)
            throws InterruptedException {
        String name = Params.string(params, "name");
        Checked checked = tools.find(name, context.sessionId());
        if (checked == null) {
            throw ErrorCode.INVALID_PARAMS.exception("Unknown tool: " + Params.shown(name));
        }
        ObjectNode arguments = Params.object(params, "arguments");
        List<String> faults = faults(checked.input, arguments, share);
        if (!faults.isEmpty()) {
            return ToolResult.error("Invalid arguments: " + String.join("; ", faults));
        }
        return checkedResult(checked, run(checked.tool, context, arguments), share);
    }

    /** Whether the tool that these params name says that it may be called twice for once. */
    public boolean isRepeatable(ObjectNode params, String session) {
        Checked checked = tools.find(params.path("name").asString(""), session);
        return checked == null || checked.tool.isRepeatable();
    }

    private static ToolOutcome run(Tool tool, RequestContext context, ObjectNode arguments)
            throws InterruptedException {
        try {
            return tool.handler().call(context, arguments);
        } catch (InterruptedException
                | JsonRpcException
                | InputRefusedException
                | AccessDeniedException e) {
            throw e;
        } catch (Exception e) {
            if (context.isCancelled()) {
                throw new InterruptedException();
            }
            log.atError().addKeyValue("tool", tool.name()).setCause(e).log("tool failed");
            return ToolResult.error("Tool '%s' failed".formatted(tool.name()));
        }
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
                .log("the result of a tool does not fit its outputSchema");
        return ToolResult.error(
                "The result of tool '%s' does not fit its outputSchema"
                        .formatted(checked.tool.name()));
    }

    private static Checked checked(Tool tool) {
        Map<JsonPointer, String> headers = ArgumentHeaders.of(tool.definition());
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
