package io.springline.session;

import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.RequestId;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One request that has been accepted and not yet ended.
 *
 * <pre>
 * RUNNING ──answer──▶ ANSWERED      the id is free before the answer is written
 *    ├──────cancel──▶ CANCELLED     nothing is sent for this id
 *    └──────expire──▶ EXPIRED       its time was up: answered with an error, handler interrupted
 * </pre>
 *
 * Whoever leaves RUNNING first wins; the other does nothing. What is sent {@linkplain #whileRunning
 * while running} is on its way before the answer, and never after it.
 */
public final class InFlight {

    private enum State {
        RUNNING,
        ANSWERED,
        CANCELLED,
        EXPIRED
    }

    private final RequestId id;
    private final InFlightRequests table;
    private final Consumer<Response> reply;
    private final Runnable onSilentEnd;
    private final List<Runnable> cancelActions = new ArrayList<>(1);
    private State state = State.RUNNING;
    private @Nullable Thread runner;
    private long deadlineNanos;
    private boolean exempt;

    InFlight(
            RequestId id,
            InFlightRequests table,
            Consumer<Response> reply,
            Runnable onSilentEnd,
            long deadlineNanos) {
        this.id = id;
        this.table = table;
        this.reply = reply;
        this.onSilentEnd = onSilentEnd;
        this.deadlineNanos = deadlineNanos;
    }

    public RequestId id() {
        return id;
    }

    /** The thread to interrupt on cancel; interrupted at once when that has happened already. */
    public synchronized void runOn(Thread thread) {
        runner = thread;
        if (isCancelled()) {
            thread.interrupt();
        }
    }

    /** For subscriptions: no deadline, and no share in the limit of requests at work. */
    public synchronized void keepOpen() {
        if (!exempt) {
            exempt = true;
            deadlineNanos = Long.MAX_VALUE;
            table.exempt();
        }
    }

    /** Ends the request with its one answer, unless it has ended already; tells which. */
    public synchronized boolean answer(Response response) {
        return end(State.ANSWERED, () -> reply.accept(response));
    }

    /** Ends the request without an answer and interrupts its thread; a no-op when it has ended. */
    public void cancel() {
        stop(State.CANCELLED, onSilentEnd);
    }

    /** Ends the request with an answer and interrupts its thread; a no-op when it has ended. */
    public void expire(Response response) {
        stop(State.EXPIRED, () -> reply.accept(response));
    }

    private void stop(State end, Runnable lastWord) {
        List<Runnable> actions;
        synchronized (this) {
            if (!end(end, lastWord)) {
                return;
            }
            if (runner != null) {
                runner.interrupt();
            }
            actions = List.copyOf(cancelActions);
        }
        actions.forEach(Runnable::run);
    }

    private synchronized boolean end(State end, Runnable lastWord) {
        if (state != State.RUNNING) {
            return false;
        }
        state = end;
        table.remove(this, exempt);
        try {
            lastWord.run();
        } finally {
            table.ended();
        }
        return true;
    }

    /** Runs {@code send} only if the request has not ended; it must not block. */
    public synchronized void whileRunning(Runnable send) {
        if (state == State.RUNNING) {
            send.run();
        }
    }

    /**
     * Runs {@code action} when the request is cancelled or expires, on the thread that does so; at
     * once when that has happened already.
     */
    public void onCancel(Runnable action) {
        synchronized (this) {
            if (!isCancelled()) {
                cancelActions.add(action);
                return;
            }
        }
        action.run();
    }

    /** Whether nobody waits for an answer any more, although none has been found. */
    public synchronized boolean isCancelled() {
        return state == State.CANCELLED || state == State.EXPIRED;
    }

    public synchronized boolean hasEnded() {
        return state != State.RUNNING;
    }

    synchronized boolean isOverdue(long nowNanos) {
        return deadlineNanos != Long.MAX_VALUE && nowNanos - deadlineNanos >= 0;
    }
}
