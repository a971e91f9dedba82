package io.springline.dispatch;

import io.springline.auth.CallerContext;
import io.springline.concurrent.NonBlockingTask;
import io.springline.dispatch.call.CallContext;
import io.springline.dispatch.call.CallContext.CallAttempt;
import io.springline.dispatch.call.CallMemory;
import io.springline.dispatch.call.CallMemory.Claim;
import io.springline.dispatch.call.CallOutcome;
import io.springline.dispatch.call.Reply;
import io.springline.dispatch.call.RequestTracer.Trace;
import io.springline.dispatch.call.ResponseWriter;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.session.McpSession;
import io.springline.session.MovedException;
import io.springline.session.request.HandlerActions;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The execution of one request, from its registration until it has been answered and its handler
 * has returned.
 *
 * <p>If the handler has started, the memory of the params is released when the handler returns;
 * otherwise when the request ends.
 */
final class CallExecution implements NonBlockingTask {

    private final McpSession session;
    private final Request request;
    private final Reply reply;
    private final Claim memory;
    private final Methods methods;
    private final ResponseWriter responseWriter;

    /** Set when the handler starts or the request ends, whichever is first. */
    private final AtomicBoolean begunOrEnded = new AtomicBoolean();

    private @Nullable CallContext context;

    /** Whether the handler runs on a thread that reads messages and must not wait for room. */
    private boolean inline;

    private boolean holdsMemory;
    private boolean mayRunAgain = true;

    CallExecution(
            McpSession session,
            Request request,
            Reply reply,
            Claim memory,
            Methods methods,
            ResponseWriter responseWriter) {
        this.session = session;
        this.request = request;
        this.reply = reply;
        this.memory = memory;
        this.methods = methods;
        this.responseWriter = responseWriter;
    }

    McpSession session() {
        return session;
    }

    Request request() {
        return request;
    }

    /** Sets the context. To be called before the execution runs. */
    void context(CallContext accepted) {
        context = accepted;
    }

    /** Called when the request ends with an answer. */
    void answer(Response response) {
        releaseUnlessBegun();
        reply.answer(response);
    }

    /** Called when the request ends without an answer. */
    void endSilently() {
        releaseUnlessBegun();
        reply.none();
        session.persistence().unanswered(request.id());
    }

    private void releaseUnlessBegun() {
        if (begunOrEnded.compareAndSet(false, true)) {
            memory.release();
        }
    }

    /** Runs the handler on the thread that reads messages. The method must not block. */
    void runInline() {
        inline = true;
        traced();
    }

    /** Runs the handler on this thread, which a cancellation does not interrupt. */
    @Override
    public boolean tryRun() {
        CallContext call = accepted();
        return call.attempt().trace() == null
                && (!session.isResumable() || isRepeatedByItsClient(call))
                && isNonBlocking(call)
                && session.share().tryRun(this::runWithoutBlocking);
    }

    private boolean isNonBlocking(CallContext call) {
        try {
            return methods.isNonBlocking(call);
        } catch (RuntimeException e) {
            return false; // what fails in the check fails in the call, which is then answered
        }
    }

    private void runWithoutBlocking() {
        holdsMemory = begunOrEnded.compareAndSet(false, true);
        inline = true;
        try {
            CallerContext.run(accepted()::caller, this::serve);
        } finally {
            Thread.interrupted(); // what a handler has set must not reach the next call
        }
    }

    /** Runs the handler on this thread, with the request's caller as the current caller. */
    @Override
    public void run() {
        holdsMemory = begunOrEnded.compareAndSet(false, true);
        runHere(this::traced);
    }

    /** Runs work of the handler on this thread, which is interrupted if the call is cancelled. */
    private void runHere(Runnable work) {
        CallContext call = accepted();
        call.enter();
        try {
            CallerContext.run(call::caller, work);
        } finally {
            call.leave();
        }
    }

    private CallContext accepted() {
        return Objects.requireNonNull(context, "context is not set");
    }

    /** Serves the request, within its trace if there is one. */
    private void traced() {
        Trace trace = accepted().attempt().trace();
        if (trace == null) {
            serve();
        } else {
            trace.during(this::serve);
        }
    }

    private void serve() {
        settle(this::begin);
    }

    private CallOutcome begin() throws Exception {
        CallContext call = accepted();
        // If the client does not read its earlier answers, no further call of it starts.
        awaitRoom();
        List<String> unavailable = methods.prepare(call);
        if (session.isResumable() && !isRepeatedByItsClient(call)) {
            session.persistence().writeRunning(request.id()).await();
            mayRunAgain = false;
        }
        return methods.call(call, unavailable);
    }

    /** Runs the handler, or the rest of it, and answers the request with its outcome. */
    private void settle(Callable<CallOutcome> handler) {
        CallContext call = accepted();
        boolean waits = false;
        try {
            CallOutcome outcome = handler.call();
            if (outcome instanceof CallOutcome.Pending pending) {
                waits = true;
                settleLater(pending);
            } else {
                answer(call, outcome);
            }
        } catch (MovedException _) {
            if (mayRunAgain) {
                call.attempt().inFlight().moved();
            } else {
                call.attempt().inFlight().cancel();
            }
            responseWriter.none(call.attempt());
        } catch (Throwable thrown) {
            call.end(attempt -> failed(attempt, thrown));
        } finally {
            if (holdsMemory && !waits) {
                memory.release();
            }
        }
    }

    /**
     * Lets the call wait without a thread. From here on, a cancellation completes the pending
     * outcome and interrupts no thread.
     */
    private void settleLater(CallOutcome.Pending pending) {
        inline = false;
        accepted().leave();
        pending.answered()
                .whenComplete((quick, _) ->
                        HandlerActions.run(() -> resume(pending, Boolean.TRUE.equals(quick))));
    }

    /**
     * Continues the call on this thread, which has read the answer, if that is little work, and
     * little of this client waits for the connection or the processors; otherwise on a virtual
     * thread; also if the call answers a later request by now, which has a connection of its own
     * over HTTP.
     */
    private void resume(CallOutcome.Pending pending, boolean quick) {
        boolean settled =
                quick
                        && accepted().attempt().call().session() == session
                        && reply.isSentAtOnce()
                        && session.connection().isWritable()
                        && session.share().tryRun(() -> settleInline(pending));
        if (!settled) {
            Thread.startVirtualThread(() -> runHere(() -> settle(pending.rest())));
        }
    }

    private void settleInline(CallOutcome.Pending pending) {
        inline = true;
        CallerContext.run(accepted()::caller, () -> settle(pending.rest()));
    }

    /**
     * Returns true if the call may run twice, and its client sends it again if it is lost; also if
     * the call is too short to be resumed.
     */
    private boolean isRepeatedByItsClient(CallContext call) {
        return methods.isRepeatable(call.attempt().call())
                && (inline || !session.connection().resumesResponse(request.id()));
    }

    /** Counts a ready result as unread until it has been queued for the client. */
    private void answer(CallContext call, CallOutcome served) throws InterruptedException {
        long bytes = served instanceof CallOutcome.Result(var json) ? CallMemory.size(json) : 0;
        if (!session.results().claim(bytes)) {
            throw ErrorCode.INTERNAL_ERROR.exception(
                    "The call was run, but its result was dropped, because you have too many unread results: read them, then call again (springline.requests.max-unread-memory)");
        }
        try {
            awaitRoom();
            call.end(attempt -> responseWriter.give(attempt, served));
        } finally {
            session.results().add(-bytes);
        }
    }

    /**
     * Blocks until the outbound queue has room. Never on a thread that reads messages: the
     * acknowledgement that makes room may be the next message, and the answers of an upstream are
     * those of other clients too.
     */
    private void awaitRoom() throws InterruptedException {
        if (!inline) {
            session.connection().awaitRoom();
        }
    }

    private void failed(CallAttempt attempt, Throwable thrown) {
        if (attempt.inFlight().hasEnded()) {
            responseWriter.none(attempt);
        } else {
            responseWriter.give(attempt, ErrorMapper.map(attempt.call().method(), thrown));
        }
    }
}
