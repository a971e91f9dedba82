package io.springline.dispatch.call;

import io.springline.concurrent.SharedThread;
import io.springline.concurrent.StateLock;
import io.springline.feature.RequestContext;
import io.springline.feature.result.InputRequest;
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
 * The request as its handler sees it.
 *
 * <p>If a handler {@linkplain #ask asks} a modern client for input, its request ends, and the
 * handler continues under the client's next request. Then {@link #attempt} changes, while the
 * handler keeps this object. If the call {@linkplain #promote becomes a task}, its request ends,
 * and the handler continues as the task. Thread-safe.
 */
public final class CallContext implements RequestContext {

    /**
     * One request that a handler serves. A handler that asks a modern client for input serves
     * several, one after the other.
     *
     * @param trace null while tracing is off
     */
    public record CallAttempt(
            Call call,
            InFlight inFlight,
            String socketId,
            long startedNanos,
            RequestTracer.@Nullable Trace trace) {

        /** Returns the subscription of a session that another node owned, as if it began now. */
        public static CallAttempt listening(McpSession session, InFlight inFlight) {
            return new CallAttempt(Call.listening(session), inFlight, "", System.nanoTime(), null);
        }
    }

    private final ClientInput clientInput;
    private final BiConsumer<McpSession, Topic> announce;

    /** Allows one question at a time: other threads of the handler wait. Guards no field. */
    private final Semaphore asking = new Semaphore(1);

    private final StateLock lock = new StateLock();

    private volatile CallAttempt attempt;
    private volatile Map<String, ObjectNode> answers = Map.of();
    private volatile @Nullable JsonNode state;
    private final List<Runnable> cancelActions = new ArrayList<>(0);
    private volatile @Nullable Thread handler;
    private volatile @Nullable TaskPromotion promotion;
    private @Nullable Consumer<CallAttempt> ended;
    private double lastProgress = Double.NEGATIVE_INFINITY;

    public CallContext(
            CallAttempt first, ClientInput clientInput, BiConsumer<McpSession, Topic> announce) {
        this.attempt = first;
        this.clientInput = clientInput;
        this.announce = announce;
    }

    public CallAttempt attempt() {
        return attempt;
    }

    /** Replaces the call of the request, before its handler runs. */
    public void call(Call changed) {
        CallAttempt now = attempt;
        attempt = new CallAttempt(changed, now.inFlight, now.socketId, now.startedNanos, now.trace);
    }

    /**
     * Continues under the client's next request: a cancellation of that request interrupts the
     * handler.
     *
     * @return runs what the handler wants to happen if that request is cancelled already, and
     *     answers the request if the handler has ended already
     */
    Runnable attempt(CallAttempt next) {
        List<Runnable> actions;
        Consumer<CallAttempt> outcome;
        try (var _ = lock.hold()) {
            attempt = next;
            lastProgress = Double.NEGATIVE_INFINITY;
            actions = List.copyOf(cancelActions);
            outcome = ended;
            Thread thread = handler;
            if (thread != null) {
                next.inFlight().runOn(thread);
            }
        }
        return () -> {
            actions.forEach(next.inFlight()::onCancel);
            if (outcome != null) {
                outcome.accept(next);
            }
        };
    }

    /**
     * Ends the handler: {@code outcome} answers the current request. If another thread of the
     * handler still waits for the client, it also answers the request that brings the client's
     * input.
     */
    public void end(Consumer<CallAttempt> outcome) {
        CallAttempt last;
        try (var _ = lock.hold()) {
            ended = outcome;
            last = attempt;
        }
        outcome.accept(last);
    }

    /**
     * Returns the thread that runs the handler, even if another thread of the handler asks the
     * client. If the handler runs on no thread of its own, returns the current one.
     */
    public Thread handler() {
        Thread known = handler;
        return known == null ? Thread.currentThread() : known;
    }

    /** Makes the current thread the one of the handler: a cancellation interrupts it. */
    public void enter() {
        Thread thread = Thread.currentThread();
        try (var _ = lock.hold()) {
            handler = thread;
            attempt.inFlight().runOn(thread);
        }
    }

    /**
     * Undoes {@link #enter}, unless another thread has entered. An interrupt that has come is
     * cleared, and none comes later, since the current thread may serve another call next.
     */
    public void leave() {
        Thread thread = Thread.currentThread();
        try (var _ = lock.hold()) {
            if (handler == thread) {
                handler = null;
            }
            attempt.inFlight().leave(thread);
        }
        Thread.interrupted();
    }

    /** Lets the call become a task. */
    public TaskPromotion promotable() {
        var allowed = new TaskPromotion();
        promotion = allowed;
        return allowed;
    }

    /** Continues as a task. To be called once, after {@link TaskPromotion#begin}. */
    public void promote(TaskPromotion begun, CallTask task) {
        List<Runnable> actions;
        try (var _ = lock.hold()) {
            begun.promoted(task);
            actions = List.copyOf(cancelActions);
        }
        actions.forEach(task::onCancel);
    }

    /**
     * Returns the task as which the handler continues, or null. Afterwards the call does not become
     * a task any more.
     */
    public @Nullable CallTask settledTask() {
        TaskPromotion allowed = promotion;
        return allowed == null ? null : allowed.close();
    }

    @Override
    public boolean claimTask() {
        return promotion != null && attempt.call().takesTasks() && settledTask() == null;
    }

    private @Nullable CallTask task() {
        TaskPromotion allowed = promotion;
        return allowed == null ? null : allowed.task();
    }

    /**
     * Returns true unless the call may become a task or is traced: tasks interrupt the thread of
     * the handler, and a trace covers one thread.
     */
    @Override
    public boolean acceptsPending() {
        return promotion == null && attempt.trace() == null;
    }

    /** Sets what the next run of a handler sees that returns {@code InputRequired}. */
    void round(Map<String, ObjectNode> answers, @Nullable JsonNode state) {
        this.answers = answers;
        this.state = state;
    }

    @Override
    public ProtocolVersion version() {
        return attempt.call().version();
    }

    @Override
    public String sessionId() {
        return attempt.call().session().connection().id();
    }

    @Override
    public Caller caller() {
        return attempt.call().session().caller();
    }

    @Override
    public ClientCapabilities capabilities() {
        return attempt.call().capabilities();
    }

    @Override
    public @Nullable ObjectNode clientInfo() {
        return attempt.call().clientInfo();
    }

    @Override
    public ObjectNode params() {
        return attempt.call().params();
    }

    @Override
    public ObjectNode meta() {
        return attempt.call().meta();
    }

    @Override
    public boolean isCancelled() {
        CallTask task = task();
        return task == null ? attempt.inFlight().isCancelled() : task.isCancelled();
    }

    @Override
    public void onCancel(Runnable action) {
        InFlight current;
        CallTask task;
        try (var _ = lock.hold()) {
            cancelActions.add(action);
            current = attempt.inFlight();
            task = task();
        }
        if (task == null) {
            current.onCancel(action);
        } else {
            task.onCancel(action);
        }
    }

    @Override
    public Consumer<Topic> announcer() {
        McpSession session = attempt.call().session();
        return topic -> announce.accept(session.latest(), topic);
    }

    @Override
    public void onSessionEnd(Runnable action) {
        attempt.call().session().onFinalEnd(action);
    }

    @Override
    public void progress(double progress, @Nullable Double total, @Nullable String message) {
        CallTask task = task();
        if (task != null) {
            task.report(message == null ? Progress.percentage(progress, total) : message);
            return;
        }
        CallAttempt now = attempt;
        RequestId token = now.call().progressToken();
        if (token == null) {
            return;
        }
        Outbound report =
                encode(
                        now,
                        "notifications/progress",
                        Progress.params(token, progress, total, message, version()),
                        Outbound.Kind.PROGRESS);
        try (var _ = lock.hold()) {
            if (now != attempt || progress <= lastProgress) {
                return;
            }
            lastProgress = progress;
            enqueue(now, report);
        }
        flush(now);
    }

    @Override
    public void log(LogLevel level, @Nullable String logger, JsonNode data) {
        LogLevel threshold = attempt.call().logLevel();
        if (threshold == null || !level.isAtLeast(threshold) || task() != null) {
            return;
        }
        ObjectNode params = JsonNodeFactory.instance.objectNode().put("level", level.wireName());
        if (logger != null) {
            params.put("logger", logger);
        }
        params.set("data", data);
        CallAttempt now = attempt;
        enqueue(now, encode(now, "notifications/message", params, Outbound.Kind.LOG));
        flush(now);
    }

    @Override
    public ObjectNode ask(InputRequest request) throws InterruptedException {
        if (SharedThread.isCurrent()) {
            throw new IllegalStateException("a non-blocking tool must not ask its client");
        }
        asking.acquire();
        try {
            CallTask task = settledTask();
            return task == null
                    ? clientInput.ask(this, request)
                    : ClientInput.ask(task, attempt.call(), request);
        } finally {
            reopen();
            asking.release();
        }
    }

    private void reopen() {
        TaskPromotion allowed = promotion;
        if (allowed != null) {
            allowed.reopen();
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

    /** Queues the message if the request has not ended, so that nothing follows the answer. */
    private static void enqueue(CallAttempt now, Outbound message) {
        McpSession session = now.call().session();
        now.inFlight().whileRunning(() -> session.connection().enqueue(message));
    }

    private static void flush(CallAttempt now) {
        now.call().session().connection().flush();
    }
}
