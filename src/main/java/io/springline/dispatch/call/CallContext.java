package io.springline.dispatch.call;

import io.springline.concurrent.StateLock;
import io.springline.feature.InputRequest;
import io.springline.feature.RequestContext;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.RequestId;
import io.springline.mcp.ClientCapabilities;
import io.springline.mcp.LogLevel;
import io.springline.mcp.ProtocolVersion;
import io.springline.mcp.Topic;
import io.springline.session.Caller;
import io.springline.session.McpSession;
import io.springline.session.Outbound;
import io.springline.session.request.InFlight;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A handler's view of its request. A handler that {@linkplain #ask asks} a modern client outlives
 * its request and goes on under the next one: then {@link #turn} changes, the handler's view does
 * not.
 */
public final class CallContext implements RequestContext {

    /**
     * One request of the conversation that a handler has with its client; the first is often the
     * last.
     *
     * @param trace null unless somebody looks at traces
     */
    public record CallAttempt(
            Call call,
            InFlight inFlight,
            String socketId,
            long startedNanos,
            RequestTracer.@Nullable Trace trace) {}

    private final ClientInput questions;
    private final BiConsumer<McpSession, Topic> announce;

    /** One question at a time: a handler's other threads wait for theirs. It guards no state. */
    private final Semaphore asking = new Semaphore(1);

    private final StateLock lock = new StateLock();

    private volatile CallAttempt turn;
    private volatile Map<String, ObjectNode> answers = Map.of();
    private volatile @Nullable JsonNode state;
    private final List<Runnable> cancelActions = new ArrayList<>(0);
    private volatile @Nullable Thread handler;
    private @Nullable Consumer<CallAttempt> ended;
    private double lastProgress = Double.NEGATIVE_INFINITY;

    public CallContext(
            CallAttempt first, ClientInput questions, BiConsumer<McpSession, Topic> announce) {
        this.turn = first;
        this.questions = questions;
        this.announce = announce;
    }

    public CallAttempt turn() {
        return turn;
    }

    /** Goes on under another request of the same call, or answers it if the handler has ended. */
    public void turn(CallAttempt next) {
        List<Runnable> actions;
        Consumer<CallAttempt> outcome;
        try (var _ = lock.hold()) {
            turn = next;
            lastProgress = Double.NEGATIVE_INFINITY;
            actions = List.copyOf(cancelActions);
            outcome = ended;
        }
        actions.forEach(next.inFlight()::onCancel);
        if (outcome != null) {
            outcome.accept(next);
        }
    }

    /**
     * The handler has ended: {@code outcome} answers its request, and also the next one if another
     * of its threads still waits for the client and goes on under that.
     */
    public void end(Consumer<CallAttempt> outcome) {
        CallAttempt last;
        try (var _ = lock.hold()) {
            ended = outcome;
            last = turn;
        }
        outcome.accept(last);
    }

    /** Where the handler itself runs, whichever of its threads asks the client. */
    Thread handler() {
        Thread known = handler;
        return known == null ? Thread.currentThread() : known;
    }

    public void runsOn(Thread thread) {
        handler = thread;
    }

    /** What the next run of a re-entrant handler will see. */
    void round(Map<String, ObjectNode> answers, @Nullable JsonNode state) {
        this.answers = answers;
        this.state = state;
    }

    @Override
    public ProtocolVersion version() {
        return turn.call().version();
    }

    @Override
    public String sessionId() {
        return turn.call().session().connection().id();
    }

    @Override
    public Caller caller() {
        return turn.call().session().caller();
    }

    @Override
    public ClientCapabilities capabilities() {
        return turn.call().capabilities();
    }

    @Override
    public @Nullable ObjectNode clientInfo() {
        return turn.call().clientInfo();
    }

    @Override
    public ObjectNode params() {
        return turn.call().params();
    }

    @Override
    public ObjectNode meta() {
        return turn.call().meta();
    }

    @Override
    public boolean isCancelled() {
        return turn.inFlight().isCancelled();
    }

    @Override
    public void onCancel(Runnable action) {
        InFlight current;
        try (var _ = lock.hold()) {
            cancelActions.add(action);
            current = turn.inFlight();
        }
        current.onCancel(action);
    }

    @Override
    public Consumer<Topic> announcer() {
        McpSession session = turn.call().session();
        return topic -> announce.accept(session, topic);
    }

    @Override
    public void onSessionEnd(Runnable action) {
        turn.call().session().onEnd(action);
    }

    @Override
    public void progress(double progress, @Nullable Double total, @Nullable String message) {
        CallAttempt now = turn;
        RequestId token = now.call().progressToken();
        if (token == null) {
            return;
        }
        Outbound report =
                encode(
                        now,
                        "notifications/progress",
                        progress(token, progress, total, message),
                        Outbound.Kind.PROGRESS);
        try (var _ = lock.hold()) {
            if (now != turn || progress <= lastProgress) {
                return;
            }
            lastProgress = progress;
            enqueue(now, report);
        }
        flush(now);
    }

    private ObjectNode progress(
            RequestId token, double progress, @Nullable Double total, @Nullable String message) {
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        params.set("progressToken", token.toJson());
        putNumber(params, "progress", progress);
        if (total != null) {
            putNumber(params, "total", total);
        }
        if (message != null && version().isAtLeast(ProtocolVersion.V2025_03_26)) {
            params.put("message", message);
        }
        return params;
    }

    @Override
    public void log(LogLevel level, @Nullable String logger, JsonNode data) {
        LogLevel threshold = turn.call().logLevel();
        if (threshold == null || !level.isAtLeast(threshold)) {
            return;
        }
        ObjectNode params = JsonNodeFactory.instance.objectNode().put("level", level.wireName());
        if (logger != null) {
            params.put("logger", logger);
        }
        params.set("data", data);
        CallAttempt now = turn;
        enqueue(now, encode(now, "notifications/message", params, Outbound.Kind.LOG));
        flush(now);
    }

    @Override
    public ObjectNode ask(InputRequest request) throws InterruptedException {
        asking.acquire();
        try {
            return questions.ask(this, request);
        } finally {
            asking.release();
        }
    }

    @Override
    public Map<String, ObjectNode> answers() {
        return answers;
    }

    @Override
    public @Nullable JsonNode state() {
        return state;
    }

    private static Outbound encode(
            CallAttempt now, String method, ObjectNode params, Outbound.Kind kind) {
        return now.call()
                .session()
                .encode(new Notification(method, params), kind, null)
                .belongingTo(now.inFlight().id());
    }

    /** Before the answer and never after it: nothing is queued once the request has ended. */
    private static void enqueue(CallAttempt now, Outbound message) {
        McpSession session = now.call().session();
        now.inFlight().whileRunning(() -> session.connection().enqueue(message));
    }

    private static void flush(CallAttempt now) {
        now.call().session().connection().flush();
    }

    private static void putNumber(ObjectNode params, String member, double value) {
        if (value == Math.rint(value) && Math.abs(value) < 1e15) {
            params.put(member, (long) value);
        } else {
            params.put(member, value);
        }
    }
}
