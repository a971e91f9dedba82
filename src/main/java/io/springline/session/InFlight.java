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
    private final List<Runnable> cancelActions = new ArrayList<>(0);
    private final StateLock lock = new StateLock();
    private volatile State state = State.RUNNING;
    private volatile long deadlineNanos;
    private @Nullable Thread runner;
    private boolean exempt;

    /** Whether this request is one of those at work; guarded by the table. */
    boolean holdsTurn;

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
    public void runOn(Thread thread) {
        try (var _ = lock.hold()) {
            runner = thread;
            if (isCancelled()) {
                thread.interrupt();
            }
        }
    }

    /** For subscriptions: no deadline, and no share in the limit of requests at work. */
    public void keepOpen() {
        try (var _ = lock.hold()) {
            if (!exempt && state == State.RUNNING) {
                exempt = true;
                deadlineNanos = Long.MAX_VALUE;
                table.exempt(this);
            }
        }
    }

    /**
     * Ends the request with its one answer.
     *
     * @return false, with nothing sent, if it has ended before
     */
    public boolean answer(Response response) {
        return end(State.ANSWERED, response);
    }

    /** Ends the request without an answer and interrupts its thread; a no-op when it has ended. */
    public void cancel() {
        stop(State.CANCELLED, null);
    }

    /** Ends the request with an answer and interrupts its thread; a no-op when it has ended. */
    public void expire(Response response) {
        stop(State.EXPIRED, response);
    }

    private void stop(State end, @Nullable Response lastWord) {
        if (end(end, lastWord)) {
            // No more are added: the state says that they are to be run at once.
            HandlerActions.run(cancelActions);
        }
    }

    /** The last word is said when the lock is released: it encodes, and writes to the socket. */
    private boolean end(State end, @Nullable Response lastWord) {
        assert StateLock.noneHeld("answer or end of a request");
        Thread interrupted;
        try (var _ = lock.hold()) {
            if (state != State.RUNNING) {
                return false;
            }
            state = end;
            table.remove(this, exempt);
            interrupted = isCancelled() ? runner : null;
        }
        try {
            if (lastWord == null) {
                onSilentEnd.run();
            } else {
                reply.accept(lastWord);
            }
        } finally {
            table.ended();
            if (interrupted != null) {
                interrupted.interrupt();
            }
        }
        return true;
    }

    /**
     * Runs {@code enqueue} only if the request has not ended, so that nothing is queued behind its
     * answer. Called with the lock of the request held: it may queue a message, and nothing else.
     */
    public void whileRunning(Runnable enqueue) {
        try (var _ = lock.hold()) {
            if (state == State.RUNNING) {
                enqueue.run();
            }
        }
    }

    /**
     * Runs {@code action} when the request is cancelled or expires, on the thread that does so; at
     * once when that has happened already.
     */
    public void onCancel(Runnable action) {
        try (var _ = lock.hold()) {
            if (!isCancelled()) {
                cancelActions.add(action);
                return;
            }
        }
        assert StateLock.noneHeld("cancel action");
        HandlerActions.run(action);
    }

    /** Whether nobody waits for an answer any more, although none has been found. */
    public boolean isCancelled() {
        return state == State.CANCELLED || state == State.EXPIRED;
    }

    public boolean hasEnded() {
        return state != State.RUNNING;
    }

    boolean isOverdue(long nowNanos) {
        return deadlineNanos != Long.MAX_VALUE && nowNanos - deadlineNanos >= 0;
    }
}
