package io.springline.relay.client;

import io.springline.jsonrpc.RequestId;
import io.springline.relay.config.RelayProperties.Mode;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The requests to one upstream without a response so far: their ids, their deadlines, and which of
 * them a message of the upstream belongs to.
 *
 * <p>Request ids and progress tokens are unguessable, so that another client cannot forge them, and
 * an upstream cannot answer a request before it has read the id. Thread-safe.
 */
final class PendingCalls {

    private static final SecureRandom RANDOM = new SecureRandom();

    private final Mode mode;
    private final AtomicLong lastNumber = new AtomicLong();
    private final Map<RequestId, PendingCall> byId = new ConcurrentHashMap<>();
    private final CallTimer timer = new CallTimer(byId.values());

    /**
     * @param mode whether one client session uses the connection, or all of them
     */
    PendingCalls(Mode mode) {
        this.mode = mode;
    }

    /** Returns the id for the next request, which is also its progress token. */
    RequestId.Text nextId() {
        String random = HexFormat.of().toHexDigits(RANDOM.nextLong());
        return new RequestId.Text(lastNumber.incrementAndGet() + "-" + random);
    }

    /**
     * Adds a request, whose answer completes exceptionally when its time is up.
     *
     * @param exchange null for a request of the relay itself
     */
    PendingCall add(RequestId id, @Nullable ClientCallback exchange, Duration timeout) {
        var call =
                new PendingCall(
                        id,
                        new CompletableFuture<>(),
                        exchange,
                        ConcurrentHashMap.newKeySet(),
                        lastNumber.get(),
                        System.nanoTime() + timeout.toNanos());
        byId.put(id, call);
        timer.watch(call.deadlineNanos());
        return call;
    }

    void remove(PendingCall call) {
        byId.remove(call.id());
    }

    /** Returns true while a request of a client is pending. */
    boolean hasClientCalls() {
        return byId.values().stream().anyMatch(each -> each.exchange() != null);
    }

    /** Completes the answers of all requests with an exception each. */
    void fail(Supplier<RuntimeException> reason) {
        byId.values().forEach(each -> each.answer().completeExceptionally(reason.get()));
    }

    @Nullable PendingCall find(RequestId id) {
        return byId.get(id);
    }

    /**
     * Returns the call that a response belongs to. An error without an id belongs to a request of
     * the relay itself, if that is the only one pending: some servers reject {@code
     * server/discover} this way.
     */
    @Nullable PendingCall ofResponse(@Nullable RequestId id) {
        if (id != null) {
            return byId.get(id);
        }
        var all = byId.values().stream().limit(2).toList();
        return all.size() == 1 && all.getFirst().exchange() == null ? all.getFirst() : null;
    }

    @Nullable PendingCall ofToken(@Nullable JsonNode progressToken) {
        RequestId id = RequestId.of(progressToken);
        return id == null ? null : byId.get(id);
    }

    /**
     * Returns the call that a request or notification of the upstream belongs to.
     *
     * <p>It is the call on whose stream the message arrived, or whose token the message contains.
     * Otherwise, if all calls are of one client session, it is the latest. On a shared connection
     * the result is null even if only one call is pending: the upstream may still be working on a
     * call that it has answered.
     */
    @Nullable PendingCall ofMessage(@Nullable RequestId during, @Nullable ObjectNode params) {
        if (during != null) {
            return byId.get(during);
        }
        PendingCall named =
                params == null ? null : ofToken(params.path("_meta").get("progressToken"));
        if (named != null || mode == Mode.SHARED) {
            return named;
        }
        return byId.values().stream()
                .filter(call -> call.exchange() != null)
                .max(Comparator.comparingLong(PendingCall::number))
                .orElse(null);
    }
}
