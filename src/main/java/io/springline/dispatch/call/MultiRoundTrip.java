package io.springline.dispatch.call;

import io.springline.concurrent.SharedThread;
import io.springline.dispatch.call.CallContext.CallAttempt;
import io.springline.feature.InputRefusedException;
import io.springline.feature.result.CreatedTask;
import io.springline.feature.result.InputRequest;
import io.springline.feature.result.InputRequired;
import io.springline.feature.result.Outcome;
import io.springline.feature.result.PendingOutcome;
import io.springline.feature.result.PromptResult;
import io.springline.feature.result.ResourceResult;
import io.springline.feature.result.ToolResult;
import io.springline.feature.schema.Params;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.mcp.McpMethod;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Runs handlers that may need input from the client. The same handler works for legacy and modern
 * clients.
 *
 * <p>If a handler returns {@code InputRequired}, a modern client gets an {@code input_required}
 * result and repeats its request with the input. A legacy client gets requests from the server, and
 * the handler runs again as soon as the answers are there.
 */
public final class MultiRoundTrip {

    /**
     * Most rounds of input from a legacy client per request, and per task. A handler that needs
     * more is treated as stuck: its request fails.
     */
    static final int MAX_ROUNDS = 8;

    private static final String HANDLER_STATE = "state";

    /** A handler with its params. Runs once per round. */
    @FunctionalInterface
    public interface Handler {
        Outcome run(CallContext context) throws Exception;
    }

    private final RequestStates states;
    private final ParkedCalls parked;
    private final ClientRequests legacy;

    public MultiRoundTrip(RequestStates states, ParkedCalls parked, ClientRequests legacy) {
        this.states = states;
        this.parked = parked;
        this.legacy = legacy;
    }

    public CallOutcome serve(CallContext context, Handler handler) throws Exception {
        return refusable(
                context,
                () ->
                        context.version().isModern()
                                ? modern(context, handler)
                                : run(context, handler, 0, handler.run(context)));
    }

    private static CallOutcome refusable(CallContext context, Callable<CallOutcome> work)
            throws Exception {
        try {
            return work.call();
        } catch (InputRefusedException e) {
            if (context.attempt().call().method() == McpMethod.TOOLS_CALL
                    && e.getMessage() != null) {
                return new CallOutcome.Result(ToolResult.error(e.getMessage()).json());
            }
            throw e;
        }
    }

    /** Restores what the client has sent with its repeated request, and runs the handler. */
    private CallOutcome modern(CallContext context, Handler handler) throws Exception {
        Call call = context.attempt().call();
        Map<String, ObjectNode> answers = answers(call.params());
        String sealed = Params.optionalString(call.params(), "requestState");
        JsonNode state =
                sealed == null ? null : call.session().share().run(() -> states.open(call, sealed));
        if (state != null && ParkedCalls.isParked(state)) {
            return parked.resume(state, context.attempt(), answers);
        }
        context.round(answers, state == null ? null : state.get(HANDLER_STATE));
        return run(context, handler, 0, handler.run(context));
    }

    private CallOutcome run(CallContext context, Handler handler, int earlier, Outcome first)
            throws Exception {
        Outcome outcome = first;
        for (int rounds = earlier; ; rounds++) {
            switch (outcome) {
                case PendingOutcome pending -> {
                    return later(pending, context, handler, rounds);
                }
                case InputRequired input -> {
                    CallAttempt attempt = context.attempt();
                    CallTask task = context.settledTask();
                    if (task == null && context.version().isModern()) {
                        return question(attempt.call(), input);
                    }
                    requireFewer(rounds);
                    if (SharedThread.isCurrent()) {
                        var now = CompletableFuture.completedFuture(false);
                        return later(
                                new PendingOutcome(now, () -> input), context, handler, rounds);
                    }
                    context.round(
                            task == null
                                    ? askAll(attempt, input.requests())
                                    : ClientInput.askAll(task, attempt.call(), input.requests()),
                            input.state());
                }
                case ToolResult(var json) -> {
                    return new CallOutcome.Result(json);
                }
                case CreatedTask(var json) -> {
                    return new CallOutcome.Continued(json);
                }
                case PromptResult(var json) -> {
                    return new CallOutcome.Result(json);
                }
                case ResourceResult(var json) -> {
                    return new CallOutcome.Result(json);
                }
            }
            outcome = handler.run(context);
        }
    }

    private CallOutcome later(
            PendingOutcome pending, CallContext context, Handler handler, int rounds) {
        return new CallOutcome.Pending(
                pending.answered(),
                () ->
                        refusable(
                                context,
                                () -> run(context, handler, rounds, pending.rest().call())));
    }

    private static void requireFewer(int rounds) {
        if (rounds >= MAX_ROUNDS) {
            throw new InputRefusedException(
                    "The tool or prompt still asks for input after %d rounds: gave up"
                            .formatted(MAX_ROUNDS));
        }
    }

    private CallOutcome question(Call call, InputRequired input) {
        ObjectNode requests = JsonNodeFactory.instance.objectNode();
        input.requests()
                .forEach((key, request) -> {
                    ClientInput.requireSupported(call, request);
                    requests.set(key, json(request));
                });
        return new CallOutcome.Question(requests, seal(call, input.state()));
    }

    private @Nullable String seal(Call call, @Nullable JsonNode handlerState) {
        if (handlerState == null) {
            return null;
        }
        ObjectNode state = JsonNodeFactory.instance.objectNode();
        state.set(HANDLER_STATE, handlerState);
        return states.seal(call, state);
    }

    /**
     * Sends all requests at once and waits for all answers. The first failure cancels the rest and
     * is thrown.
     */
    private Map<String, ObjectNode> askAll(CallAttempt attempt, Map<String, InputRequest> requests)
            throws InterruptedException {
        requests.values().forEach(request -> ClientInput.requireSupported(attempt.call(), request));
        var answers = new LinkedHashMap<String, ObjectNode>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var finished = new ExecutorCompletionService<ObjectNode>(threads);
            var results = new LinkedHashMap<String, Future<ObjectNode>>();
            requests.forEach((key, request) ->
                    results.put(key, finished.submit(() -> answer(attempt, request))));
            try {
                for (int i = 0; i < results.size(); i++) {
                    finished.take().get();
                }
            } finally {
                // After a failure, interrupts the threads that still wait.
                threads.shutdownNow();
            }
            results.forEach((key, result) -> answers.put(key, result.resultNow()));
            return answers;
        } catch (ExecutionException e) {
            throw switch (e.getCause()) {
                case InputRefusedException refused -> refused;
                case JsonRpcException error -> error;
                case null, default -> new IllegalStateException(e);
            };
        }
    }

    private ObjectNode answer(CallAttempt attempt, InputRequest request)
            throws InterruptedException {
        ObjectNode answer = legacy.ask(attempt, request);
        ClientInput.requireFitting(request, answer);
        return answer;
    }

    private static Map<String, ObjectNode> answers(ObjectNode params) {
        var answers = new LinkedHashMap<String, ObjectNode>();
        Params.object(params, "inputResponses")
                .forEachEntry((key, value) -> {
                    if (!(value instanceof ObjectNode object)) {
                        throw Params.invalid(
                                "inputResponses." + Params.shown(key), "must be an object");
                    }
                    answers.put(key, object);
                });
        return answers;
    }

    static ObjectNode json(InputRequest request) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("method", request.kind().method());
        json.set("params", request.params());
        return json;
    }
}
