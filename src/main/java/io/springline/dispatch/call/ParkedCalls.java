package io.springline.dispatch.call;

import io.springline.dispatch.call.CallContext.CallAttempt;
import io.springline.feature.InputRefusedException;
import io.springline.feature.InputRequest;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
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
 * Handlers of modern requests that wait for their client. Asking ends the request with {@code
 * input_required}; the handler's thread waits here. The client's next request for the same call,
 * proved by its {@code requestState}, hands the answer over, and the handler goes on as the one who
 * answers <em>that</em> request:
 *
 * <pre>
 * request 1 ─▶ handler ─ ask ─▶ input_required + state ─▶ client
 *                 ┆ parked (this node, limited in number and time)
 * request 2 (answer + state) ─▶ handler goes on ─▶ result of request 2
 * </pre>
 */
public final class ParkedCalls {

    /** The member of a sealed state that names a parked handler. */
    private static final String PARKED = "parked";

    /** The key of the only question in an {@code input_required} of a parked handler. */
    private static final String KEY = "input";

    private static final String FULL = "Too many calls are waiting for input; try again later";

    private record Answer(ObjectNode json, CallAttempt turn) {}

    private record Parked(
            Thread handler,
            String principal,
            CompletableFuture<Answer> answer,
            InputRequest request) {}

    /** By id. */
    private final Map<String, Parked> parked = new HashMap<>();

    /** Their ids by principal, in the order of arrival. */
    private final Map<String, Set<String>> shares = new HashMap<>();

    private final int limit;
    private final SecureRandom random = new SecureRandom();
    private final RequestStates states;
    private final ResponseWriter answers;
    private final Duration timeout;

    /**
     * @param limit most handlers that wait at a time. If one more comes, the principal with the
     *     most of them loses its oldest; if that is who asks, the new one is refused.
     */
    public ParkedCalls(int limit, Duration timeout, RequestStates states, ResponseWriter answers) {
        this.limit = limit;
        this.timeout = timeout;
        this.states = states;
        this.answers = answers;
    }

    /** Whether {@code state}, verified, belongs to a parked handler. */
    static boolean isParked(JsonNode state) {
        return state.has(PARKED);
    }

    ObjectNode ask(CallContext context, InputRequest request) throws InterruptedException {
        var answer = new CompletableFuture<Answer>();
        String id = unguessable();
        String principal = context.turn().call().session().caller().name();
        park(id, new Parked(context.handler(), principal, answer, request));
        try {
            answers.give(context.turn(), question(context.turn().call(), id, request));
            return await(id, answer).json();
        } finally {
            if (remove(id) == null) {
                // The next request is this handler's to answer, even if it was interrupted while
                // that came, or waited too long. There is none if it was displaced.
                answer.handle((given, displaced) -> Optional.ofNullable(given))
                        .join()
                        .ifPresent(given -> context.turn(given.turn()));
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
     * @throws InputRefusedException if no other principal has more than {@code principal} would
     *     have
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

    private Answer await(String id, CompletableFuture<Answer> answer) throws InterruptedException {
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

    private static Answer given(CompletableFuture<Answer> answer) {
        try {
            return answer.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof InputRefusedException refused ? refused : e;
        }
    }

    /**
     * Wakes the handler that {@code state} names; it will answer {@code turn}. Without the answer
     * that it waits for the question is repeated.
     *
     * @throws JsonRpcException when it is gone: answered before, given up, or lost with its node
     */
    CallOutcome resume(JsonNode state, CallAttempt turn, Map<String, ObjectNode> given) {
        String id = state.path(PARKED).asString("");
        Parked waiting = find(id);
        ObjectNode answer = given.get(KEY);
        if (waiting != null && answer == null) {
            ClientInput.requireSupported(turn.call(), waiting.request());
            return question(turn.call(), id, waiting.request());
        }
        if (waiting == null || answer == null || remove(id) == null) {
            throw ErrorCode.INVALID_PARAMS.exception(
                    "Invalid params: the call of this requestState is no longer waiting for input");
        }
        turn.inFlight().runOn(waiting.handler());
        waiting.answer().complete(new Answer(answer, turn));
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
