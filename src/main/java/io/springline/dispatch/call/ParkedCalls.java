package io.springline.dispatch.call;

import io.springline.dispatch.call.CallContext.CallAttempt;
import io.springline.feature.InputRefusedException;
import io.springline.feature.result.InputRequest;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Handlers of modern requests that wait for input from their client.
 *
 * <p>A handler that asks ends its request with {@code input_required}, and its thread waits here.
 * The client repeats the request with the answer and the {@code requestState}, which identifies the
 * handler. The handler then continues, and its result answers the repeated request:
 *
 * <pre>
 * request 1 ─▶ handler ─ ask ─▶ input_required + state ─▶ client
 *                   ┆ parked (on this node, limited in number and time)
 * request 2 (answer + state) ─▶ handler continues ─▶ result of request 2
 * </pre>
 *
 * <p>Thread-safe.
 */
public final class ParkedCalls {

    /** The member of a sealed state that holds the id of a parked handler. */
    private static final String PARKED = "parked";

    /** The key of the one input request that a parked handler sends. */
    private static final String KEY = "input";

    private static final String FULL =
            "Too many calls are waiting for input. Answer one of them, or try again later";

    private record Parked(
            CallContext context,
            String principal,
            CompletableFuture<ObjectNode> answer,
            InputRequest request) {}

    /** By id. */
    private final Map<String, Parked> parked = new HashMap<>();

    /** Ids by principal, oldest first. */
    private final Map<String, Set<String>> shares = new HashMap<>();

    private final int limit;
    private final SecureRandom random = new SecureRandom();
    private final RequestStates states;
    private final ResponseWriter responseWriter;
    private final Duration timeout;

    /**
     * @param limit the most handlers that wait at a time. If one more arrives, the oldest of the
     *     principal with the most waiting handlers fails; if that principal is the newcomer's own,
     *     the newcomer fails instead
     */
    public ParkedCalls(
            int limit, Duration timeout, RequestStates states, ResponseWriter responseWriter) {
        this.limit = limit;
        this.timeout = timeout;
        this.states = states;
        this.responseWriter = responseWriter;
    }

    /** Returns true if the decrypted state belongs to a parked handler. */
    static boolean isParked(JsonNode state) {
        return state.has(PARKED);
    }

    /**
     * Ends the current request with {@code input_required} and blocks until the client has
     * answered.
     *
     * @throws InputRefusedException if the answer does not arrive in time, or the limit is reached
     */
    ObjectNode ask(CallContext context, InputRequest request) throws InterruptedException {
        var answer = new CompletableFuture<ObjectNode>();
        String id = unguessable();
        String principal = context.attempt().call().session().caller().name();
        park(id, new Parked(context, principal, answer, request));
        try {
            responseWriter.give(context.attempt(), question(context.attempt().call(), id, request));
            return await(id, answer);
        } finally {
            if (remove(id) == null) {
                // What follows belongs to the client's next request, even after an interrupt or a
                // timeout. A displaced handler has no next request.
                answer.handle((_, _) -> null).join();
            }
        }
    }

    private void park(String id, Parked call) {
        Parked displaced = null;
        synchronized (parked) {
            if (parked.size() >= limit) {
                displaced = remove(oldestOfLargestShare(call.principal()));
            }
            parked.put(id, call);
            shares.computeIfAbsent(call.principal(), _ -> new LinkedHashSet<>()).add(id);
        }
        if (displaced != null) {
            displaced.answer().completeExceptionally(new InputRefusedException(FULL));
        }
    }

    /**
     * Returns the id of the oldest handler of the principal with the most waiting handlers.
     *
     * @throws InputRefusedException if no principal would have more handlers than {@code
     *     principal}, counted with the new one
     */
    private String oldestOfLargestShare(String principal) {
        Set<String> largest =
                shares.values().stream().max(Comparator.comparingInt(Set::size)).orElse(Set.of());
        if (largest.size() <= shares.getOrDefault(principal, Set.of()).size() + 1) {
            throw new InputRefusedException(FULL);
        }
        return largest.iterator().next();
    }

    private @Nullable Parked find(String id) {
        synchronized (parked) {
            return parked.get(id);
        }
    }

    private @Nullable Parked remove(String id) {
        synchronized (parked) {
            Parked removed = parked.remove(id);
            if (removed != null) {
                shares.computeIfPresent(
                        removed.principal(),
                        (_, ids) -> ids.remove(id) && ids.isEmpty() ? null : ids);
            }
            return removed;
        }
    }

    private ObjectNode await(String id, CompletableFuture<ObjectNode> answer)
            throws InterruptedException {
        try {
            return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            if (find(id) == null) {
                return given(answer); // resumed, or displaced, at the last moment
            }
            throw new InputRefusedException(
                    "The client did not answer within %d s".formatted(timeout.toSeconds()));
        } catch (ExecutionException e) {
            return given(answer);
        }
    }

    private static ObjectNode given(CompletableFuture<ObjectNode> answer) {
        try {
            return answer.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof InputRefusedException refused ? refused : e;
        }
    }

    /**
     * Hands the client's answer to the handler that {@code state} identifies. The handler will
     * answer {@code attempt}. If the answer is missing, the question is sent again.
     *
     * @throws JsonRpcException {@code -32602} if no such handler waits: it was answered before, has
     *     given up, or ran on a node that has stopped
     */
    CallOutcome resume(JsonNode state, CallAttempt attempt, Map<String, ObjectNode> given) {
        String id = state.path(PARKED).asString("");
        Parked waiting = find(id);
        ObjectNode answer = given.get(KEY);
        if (waiting != null && answer == null) {
            ClientInput.requireSupported(attempt.call(), waiting.request());
            return question(attempt.call(), id, waiting.request());
        }
        if (waiting == null || answer == null || remove(id) == null) {
            throw ErrorCode.INVALID_PARAMS.exception(
                    "Invalid params: the call of this requestState is no longer waiting for input. Make the call again without requestState");
        }
        Runnable rest = waiting.context().attempt(attempt);
        waiting.answer().complete(answer);
        rest.run();
        return new CallOutcome.Later();
    }

    private CallOutcome.Question question(Call call, String id, InputRequest request) {
        ObjectNode requests = JsonNodeFactory.instance.objectNode();
        requests.set(KEY, MultiRoundTrip.json(request));
        ObjectNode state = JsonNodeFactory.instance.objectNode().put(PARKED, id);
        return new CallOutcome.Question(requests, states.seal(call, state));
    }

    private String unguessable() {
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
