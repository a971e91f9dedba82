package io.springline.dispatch;

import io.springline.dispatch.CallContext.Turn;
import io.springline.feature.InputRefusedException;
import io.springline.feature.InputRequest;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
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
final class ParkedCalls {

    /** The member of a sealed state that names a parked handler. */
    private static final String PARKED = "parked";

    /** The key of the only question in an {@code input_required} of a parked handler. */
    private static final String KEY = "input";

    private record Answer(ObjectNode json, Turn turn) {}

    private record Parked(Thread handler, CompletableFuture<Answer> answer, InputRequest request) {}

    private final Map<String, Parked> parked = new ConcurrentHashMap<>();
    private final AtomicInteger free;
    private final SecureRandom random = new SecureRandom();
    private final RequestStates states;
    private final Answers answers;
    private final Duration timeout;

    /**
     * @param limit most handlers that wait at a time; one more is refused
     */
    ParkedCalls(int limit, Duration timeout, RequestStates states, Answers answers) {
        this.free = new AtomicInteger(limit);
        this.timeout = timeout;
        this.states = states;
        this.answers = answers;
    }

    /** Whether {@code state}, verified, belongs to a parked handler. */
    static boolean isParked(JsonNode state) {
        return state.has(PARKED);
    }

    ObjectNode ask(CallContext context, InputRequest request) throws InterruptedException {
        if (free.getAndDecrement() <= 0) {
            free.incrementAndGet();
            throw new InputRefusedException(
                    "Too many calls are waiting for input; try again later");
        }
        var answer = new CompletableFuture<Answer>();
        String id = unguessable();
        parked.put(id, new Parked(context.handler(), answer, request));
        try {
            answers.give(context.turn(), question(context.turn().call(), id, request));
            return await(id, answer).json();
        } finally {
            if (parked.remove(id) == null) {
                // The next request is this handler's to answer, even if it was interrupted while
                // that came, or waited too long.
                context.turn(answer.join().turn());
            }
            free.incrementAndGet();
        }
    }

    private Answer await(String id, CompletableFuture<Answer> answer) throws InterruptedException {
        try {
            return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            if (!parked.containsKey(id)) {
                return answer.join(); // resumed at the last moment
            }
            throw new InputRefusedException(
                    "The client did not answer within %d s".formatted(timeout.toSeconds()));
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Wakes the handler that {@code state} names; it will answer {@code turn}. Without the answer
     * that it waits for the question is repeated.
     *
     * @throws JsonRpcException when it is gone: answered before, given up, or lost with its node
     */
    Served resume(JsonNode state, Turn turn, Map<String, ObjectNode> given) {
        String id = state.path(PARKED).asString("");
        Parked waiting = parked.get(id);
        ObjectNode answer = given.get(KEY);
        if (waiting != null && answer == null) {
            Questions.requireSupported(turn.call(), waiting.request());
            return question(turn.call(), id, waiting.request());
        }
        if (waiting == null || answer == null || !parked.remove(id, waiting)) {
            throw ErrorCode.INVALID_PARAMS.exception(
                    "Invalid params: the call that requestState names no longer waits for input");
        }
        turn.inFlight().runOn(waiting.handler());
        waiting.answer().complete(new Answer(answer, turn));
        return new Served.Later();
    }

    private Served.Question question(Call call, String id, InputRequest request) {
        ObjectNode requests = JsonNodeFactory.instance.objectNode();
        requests.set(KEY, InputRounds.json(request));
        ObjectNode state = JsonNodeFactory.instance.objectNode().put(PARKED, id);
        return new Served.Question(requests, states.seal(call, state));
    }

    private String unguessable() {
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
