package io.springline.session.request;

import io.springline.concurrent.StateLock;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.RequestId;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A request that was accepted and has not ended.
 *
 * <pre>
 * RUNNING ──answer──▶ ANSWERED      the id is free before the answer is written
 *    ├──────cancel──▶ CANCELLED     nothing is sent for this id
 *    └──────expire──▶ EXPIRED       its time was up: answered with an error, handler interrupted
 * </pre>
 *
 * The first transition out of RUNNING wins, and later ones do nothing. Messages that are queued
 * {@linkplain #whileRunning while running} precede the answer. Safe for use by many threads.
 */
@SuppressWarnings("NonAtomicOperationOnVolatileField") // written with the lock held
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
    private volatile int pauses;
    private long pausedNanos;
    private @Nullable Thread runner;
    private boolean exempt;
    private volatile boolean moved;

    /** True if this request counts as running in the table, which guards this field. */
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

    /**
     * Sets the thread to interrupt on cancellation. If the request is cancelled already, interrupts
     * the thread at once.
     */
    public void runOn(Thread thread) {
        try (var _ = lock.hold()) {
            runner = thread;
            if (isCancelled()) {
                thread.interrupt();
            }
        }
    }

    /**
     * Undoes {@link #runOn}, unless another thread has taken over. Afterwards this request does not
     * interrupt the thread any more.
     */
    public void leave(Thread thread) {
        try (var _ = lock.hold()) {
            if (runner == thread) {
                runner = null;
            }
        }
    }

    /**
     * Removes the deadline, and excludes the request from the limit of running requests. For
     * subscriptions.
     */
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
     * Stops the clock of the deadline until {@link #resumeDeadline}, while the handler waits for
     * its client. Several threads of a handler may wait at the same time.
     */
    public void pauseDeadline(long nowNanos) {
        try (var _ = lock.hold()) {
            if (pauses == 0) {
                pausedNanos = nowNanos;
            }
            pauses++;
        }
    }

    public void resumeDeadline(long nowNanos) {
        try (var _ = lock.hold()) {
            if (pauses == 1 && deadlineNanos != Long.MAX_VALUE) {
                deadlineNanos += nowNanos - pausedNanos;
            }
            pauses--; // last: the deadline counts again from here on
        }
    }

    /**
     * Ends the request with its answer.
     *
     * @return false, with nothing sent, if it has ended already
     */
    public boolean answer(Response response) {
        return end(State.ANSWERED, response);
    }

    /**
     * Ends the request without an answer and interrupts its thread. Does nothing if it has ended.
     */
    public void cancel() {
        stop(State.CANCELLED, null);
    }

    /**
     * Ends the request without an answer, because its session has moved to another node before the
     * request was run.
     */
    public void moved() {
        moved = true;
        cancel();
    }

    /** Returns true if the request was not run, because its session has moved to another node. */
    public boolean hasMoved() {
        return moved;
    }

    /**
     * Ends the request with this answer and interrupts its thread. Does nothing if it has ended.
     */
    public void expire(Response response) {
        stop(State.EXPIRED, response);
    }

    private void stop(State end, @Nullable Response lastWord) {
        if (end(end, lastWord)) {
            // No more are added: the state says that they are to be run at once.
            HandlerActions.run(cancelActions);
        }
    }

    /**
     * Ends the request. Sends the answer after the lock is released, since that encodes and writes.
     */
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
                interruptUnlessLeft(interrupted);
            }
        }
        return true;
    }

    private void interruptUnlessLeft(Thread thread) {
        try (var _ = lock.hold()) {
            if (runner == thread) {
                thread.interrupt();
            }
        }
    }

    /**
     * Runs {@code enqueue} if the request has not ended, so that no message follows its answer.
     * Called with the lock of the request held: it may queue a message, and nothing else.
     */
    public void whileRunning(Runnable enqueue) {
        try (var _ = lock.hold()) {
            if (state == State.RUNNING) {
                enqueue.run();
            }
        }
    }

    /**
     * Runs {@code action} when the request is cancelled or expires, on the thread that ends it. If
     * that has happened already, runs it at once.
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

    /** Returns true if the request was cancelled or has expired. */
    public boolean isCancelled() {
        return state == State.CANCELLED || state == State.EXPIRED;
    }

    public boolean hasEnded() {
        return state != State.RUNNING;
    }

    boolean isOverdue(long nowNanos) {
        return pauses == 0 && deadlineNanos != Long.MAX_VALUE && nowNanos - deadlineNanos >= 0;
    }
}
