package io.springline.relay.call;

import io.springline.feature.Completion.Suggestions;
import io.springline.feature.RequestContext;
import io.springline.feature.result.CreatedTask;
import io.springline.feature.result.InputRequest;
import io.springline.feature.result.InputRequired;
import io.springline.feature.result.PendingOutcome;
import io.springline.feature.result.PromptOutcome;
import io.springline.feature.result.PromptResult;
import io.springline.feature.result.ResourceOutcome;
import io.springline.feature.result.ResourceResult;
import io.springline.feature.result.ToolOutcome;
import io.springline.feature.result.ToolResult;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.relay.auth.MissingConsentException;
import io.springline.relay.catalogue.LenientResults;
import io.springline.relay.catalogue.RelayedUris;
import io.springline.relay.client.RelayMeta;
import io.springline.relay.upstream.AbsentUpstreamException;
import io.springline.relay.upstream.ConsentRequest;
import io.springline.relay.upstream.Upstream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * Forwards client requests to one upstream and maps the results between protocol revisions.
 *
 * <pre>
 * client   upstream   if the upstream needs input
 * legacy   legacy     its request is sent to the client
 * legacy   modern     input_required becomes requests to the client, then the call is repeated with the answers
 * modern   legacy     its request suspends the call; the client's next request contains the answer
 * modern   modern     input_required is forwarded, its state within the server's own state
 * </pre>
 */
public final class RelayedCalls {

    /** The lifetime that a task of 2025-11-25 is to have at the upstream. */
    private static final Duration TASK_TTL = Duration.ofHours(1);

    private static final String TOOLS_CALL = "tools/call";
    private static final List<String> HOP = List.of("_meta", "inputResponses", "requestState");

    private final Upstream upstream;
    private final String endpoint;
    private final RelayedUris uris;
    private final TaskHandles handles;
    private final @Nullable ConsentRequest consent;

    /**
     * @param endpoint the endpoint whose clients call
     * @param uris the upstream's URIs at that endpoint
     */
    public RelayedCalls(Upstream upstream, String endpoint, RelayedUris uris, TaskHandles handles) {
        this.upstream = upstream;
        this.endpoint = endpoint;
        this.uris = uris;
        this.handles = handles;
        this.consent = ConsentRequest.of(upstream);
    }

    /**
     * Calls a tool.
     *
     * @param onlyAsTask whether the upstream runs the tool as a task of 2025-11-25 only
     */
    public ToolOutcome call(
            RequestContext context,
            String tool,
            Repeat repeat,
            boolean onlyAsTask,
            ObjectNode arguments)
            throws InterruptedException {
        if (consent != null && consent.tool().equals(tool)) {
            return connect(context, consent);
        }
        ObjectNode params = relayedParams(context).put("name", tool);
        params.remove("task"); // of the client's hop
        params.set("arguments", arguments);
        if (onlyAsTask) {
            params.putObject("task").put("ttl", TASK_TTL.toMillis());
        }
        if (consent == null && context.acceptsPending()) {
            return pending(context, tool, params, repeat);
        }
        return toolOutcome(
                context, tool, params, () -> forward(context, TOOLS_CALL, params, repeat));
    }

    private ToolOutcome toolOutcome(
            RequestContext context, String tool, ObjectNode params, Attempt call)
            throws InterruptedException {
        try {
            return switch (call.run()) {
                case Answer.Asks(var input) -> input;
                case Answer.Gives(var result) when UpstreamTask.isTask(result) ->
                        continued(context, tool, RelayMeta.declaresTasks(params), result);
                case Answer.Gives(var result) -> toolResult(result);
            };
        } catch (AbsentUpstreamException e) {
            // the model can read this, and tell its user
            return ToolResult.error(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Hands the task over to the client if the client can take it, the upstream has the tasks
     * extension, and its process does not end when it is not used. Otherwise waits for the end of
     * the task.
     *
     * @param extension whether the upstream has the tasks extension
     */
    private ToolOutcome continued(
            RequestContext context, String tool, boolean extension, JsonNode result)
            throws InterruptedException {
        var task =
                new UpstreamTask(
                        upstream.name(),
                        context,
                        (method, params) -> task(context, method, params));
        ObjectNode created =
                extension && upstream.spec().outlivesCalls()
                        ? RelayedTasks.created(
                                handles, context.caller(), endpoint, upstream.name(), tool, result)
                        : null;
        if (created != null && context.claimTask()) {
            context.onCancel(() -> task.cancelSoon(result));
            return new CreatedTask(created);
        }
        upstream.began();
        try {
            return toolResult(task.await(result));
        } finally {
            upstream.finished();
        }
    }

    /** Returns the upstream's result of a tool as clients of the endpoint get it. */
    ToolResult toolResult(JsonNode result) {
        return new ToolResult(uris.toolResult(LenientResults.ofTool(backward(result))));
    }

    private static JsonNode backward(JsonNode result) {
        return result instanceof ObjectNode object ? RelayMeta.backward(object) : result;
    }

    /** Sends a call of a tool. Its answer continues the call, so no thread waits for it. */
    private PendingOutcome pending(
            RequestContext context, String tool, ObjectNode params, Repeat repeat)
            throws InterruptedException {
        addInput(context, params);
        var request = new RelayedRequest(upstream, context, TOOLS_CALL, params, repeat);
        CompletableFuture<Response> response = request.send();
        context.onCancel(
                () -> response.completeExceptionally(new InterruptedException("cancelled")));
        return new PendingOutcome(
                response.handle((given, _) -> QuickResponse.isQuick(given)),
                () -> toolOutcome(context, tool, params, () -> answer(request.await())));
    }

    /** Serves the tool that a caller sees who has not consented. */
    private ToolOutcome connect(RequestContext context, ConsentRequest request)
            throws InterruptedException {
        InputRequired question = request.ask(context);
        if (question != null) {
            return question;
        }
        return upstream.prepare(context)
                .map(ToolResult::error)
                .orElseGet(() ->
                        ToolResult.text(
                                "Connected. The tools of '%s' are in the list of tools now."
                                        .formatted(upstream.name())));
    }

    /** Gets a prompt. */
    public PromptOutcome prompt(
            RequestContext context, String prompt, Map<String, String> arguments)
            throws InterruptedException {
        ObjectNode params = relayedParams(context).put("name", prompt);
        ObjectNode given = params.putObject("arguments");
        arguments.forEach(given::put);
        return switch (forward(context, "prompts/get", params, Repeat.ALLOWED)) {
            case Answer.Asks(var input) -> input;
            case Answer.Gives(var result) -> {
                ObjectNode mended = LenientResults.ofPrompt(backward(result));
                if (mended == null) {
                    throw broken("prompts/get");
                }
                yield new PromptResult(uris.promptResult(mended));
            }
        };
    }

    /**
     * Reads a resource; returns null if the upstream does not have it.
     *
     * @param given the URI as the client knows it
     */
    public @Nullable ResourceOutcome read(RequestContext context, String given)
            throws InterruptedException {
        String uri = uris.inward(given);
        if (uri == null) {
            return null;
        }
        ObjectNode params = relayedParams(context).put("uri", uri);
        try {
            return switch (forward(context, "resources/read", params, Repeat.ALLOWED)) {
                case Answer.Asks(var input) -> input;
                case Answer.Gives(var result) -> {
                    ObjectNode mended = LenientResults.ofResource(backward(result), uri);
                    yield mended == null ? null : new ResourceResult(uris.readResult(mended));
                }
            };
        } catch (JsonRpcException e) {
            int code = e.error().code();
            if (code == ErrorCode.RESOURCE_NOT_FOUND.code()
                    || code == ErrorCode.INVALID_PARAMS.code()) {
                return null;
            }
            throw e;
        }
    }

    /**
     * Completes an argument.
     *
     * @param ref the client's reference, with the upstream's own name
     */
    public Suggestions complete(RequestContext context, ObjectNode ref)
            throws InterruptedException {
        ObjectNode params = relayedParams(context);
        params.set("ref", ref);
        JsonNode completion =
                once(context, "completion/complete", params, Repeat.ALLOWED).path("completion");
        JsonNode given = completion.path("values");
        List<String> values =
                (given.isArray() ? given.valueStream() : Stream.of(given))
                        .filter(each -> each.isString() || each.isNumber() || each.isBoolean())
                        .map(JsonNode::asString)
                        .toList();
        JsonNode total = completion.path("total");
        return new Suggestions(
                values,
                total.isIntegralNumber() && total.canConvertToInt() ? total.intValue() : null,
                completion.path("hasMore").asBoolean(false));
    }

    /**
     * Calls a method of an extension; returns null if the params name a URI of another upstream.
     */
    public @Nullable ObjectNode extension(RequestContext context, String method, Repeat repeat)
            throws InterruptedException {
        ObjectNode params = relayedParams(context);
        if (params.path("uri") instanceof StringNode uri) {
            String own = uris.inward(uri.stringValue());
            if (own == null) {
                return null;
            }
            params.put("uri", own);
        }
        return extension(context, method, params, repeat);
    }

    /** Calls a method of an extension with these params. */
    public ObjectNode extension(
            RequestContext context, String method, ObjectNode params, Repeat repeat)
            throws InterruptedException {
        return once(context, method, params, repeat) instanceof ObjectNode result
                ? uris.everywhere(RelayMeta.backward(result))
                : JsonNodeFactory.instance.objectNode();
    }

    /** Sends a request about a task, and returns the result. */
    JsonNode task(RequestContext context, String method, ObjectNode params)
            throws InterruptedException {
        return once(context, method, params, Repeat.allowedIf(method.equals("tasks/get")));
    }

    private interface Attempt {
        Answer run() throws InterruptedException;
    }

    private sealed interface Answer {
        record Gives(JsonNode result) implements Answer {}

        record Asks(InputRequired input) implements Answer {}
    }

    private Answer forward(RequestContext context, String method, ObjectNode params, Repeat repeat)
            throws InterruptedException {
        InputRequired question = prepare(context);
        if (question != null) {
            return new Answer.Asks(question);
        }
        try {
            return consented(context, method, params, repeat);
        } catch (MissingConsentException e) {
            question = Objects.requireNonNull(consent).ask(context);
            return question != null
                    ? new Answer.Asks(question)
                    : consented(context, method, params, repeat);
        }
    }

    /** Waits for the consent, if the client has shown the link to it. */
    public @Nullable InputRequired prepare(RequestContext context) throws InterruptedException {
        return consent == null || !context.answers().containsKey(ConsentRequest.KEY)
                ? null
                : consent.ask(context);
    }

    private Answer consented(
            RequestContext context, String method, ObjectNode params, Repeat repeat)
            throws InterruptedException {
        addInput(context, params);
        return answer(sent(context, method, params, repeat));
    }

    /** Adds the client's answers and the state, if the call continues an earlier one. */
    private static void addInput(RequestContext context, ObjectNode params) {
        var answers = new LinkedHashMap<>(context.answers());
        answers.remove(ConsentRequest.KEY);
        UrlElicitation.remove(answers);
        if (!answers.isEmpty()) {
            answers.forEach(params.withObject("inputResponses")::set);
        }
        if (context.state() instanceof StringNode state) {
            params.put("requestState", state.stringValue());
        }
    }

    private Answer answer(JsonNode result) {
        return QuickResponse.asks(result)
                ? new Answer.Asks(new InputRequired(requests(result), result.get("requestState")))
                : new Answer.Gives(result);
    }

    /** Returns the params of the client's request, without the members of that hop. */
    private static ObjectNode relayedParams(RequestContext context) {
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        params.setAll(context.params());
        return params.remove(HOP);
    }

    private Map<String, InputRequest> requests(JsonNode result) {
        var requests = new LinkedHashMap<String, InputRequest>();
        result.path("inputRequests")
                .forEachEntry((key, request) -> requests.put(key, request(request)));
        return requests;
    }

    private InputRequest request(JsonNode request) {
        String method = request.path("method").asString("");
        InputRequest.Kind kind =
                InputRequest.Kind.of(method).orElseThrow(() -> broken("inputRequests"));
        return new InputRequest(
                kind,
                request.path("params") instanceof ObjectNode params
                        ? params
                        : JsonNodeFactory.instance.objectNode());
    }

    /** Without a consent, the client gets the link in an error. */
    private JsonNode once(RequestContext context, String method, ObjectNode params, Repeat repeat)
            throws InterruptedException {
        try {
            return sent(context, method, params, repeat);
        } catch (MissingConsentException e) {
            throw ErrorCode.INTERNAL_ERROR.exception(String.valueOf(e.getMessage()));
        }
    }

    private JsonNode sent(RequestContext context, String method, ObjectNode params, Repeat repeat)
            throws InterruptedException {
        var request = new RelayedRequest(upstream, context, method, params, repeat);
        request.send();
        return request.await();
    }

    private RuntimeException broken(String method) {
        return ErrorCode.INTERNAL_ERROR.exception(
                "The answer of upstream '%s' to %s cannot be used"
                        .formatted(upstream.name(), method));
    }
}
