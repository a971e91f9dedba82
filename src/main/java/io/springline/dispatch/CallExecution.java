package io.springline.dispatch;

import io.springline.auth.CallerContext;
import io.springline.dispatch.call.CallContext;
import io.springline.dispatch.call.CallContext.CallAttempt;
import io.springline.dispatch.call.CallMemory;
import io.springline.dispatch.call.CallMemory.Claim;
import io.springline.dispatch.call.CallOutcome;
import io.springline.dispatch.call.RequestTracer.Trace;
import io.springline.dispatch.call.ResponseWriter;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.session.McpSession;
import io.springline.session.MovedException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The execution of one request, from its registration until it has been answered and its handler
 * has returned.
 *
 * <p>If the handler has started, the memory of the params is released when the handler returns;
 * otherwise when the request ends.
 */
final class CallExecution implements Runnable {

    private final McpSession session;
    private final Request request;
    private final Reply reply;
    private final Claim memory;
    private final Methods methods;
    private final ResponseWriter responseWriter;

    /** Set when the handler starts or the request ends, whichever is first. */
    private final AtomicBoolean begunOrEnded = new AtomicBoolean();

    private @Nullable CallContext context;
    private boolean inline;

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

    /** Runs the handler on this thread, with the request's caller as the current caller. */
    @Override
    public void run() {
        boolean holdsMemory = begunOrEnded.compareAndSet(false, true);
        try {
            CallContext accepted = accepted();
            accepted.attempt().inFlight().runOn(Thread.currentThread());
            CallerContext.run(accepted::caller, this::traced);
        } finally {
            if (holdsMemory) {
                memory.release();
            }
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
        CallContext call = accepted();
        call.runsOn(Thread.currentThread());
        boolean mayRunAgain = true;
        try {
            // If the client does not read its earlier answers, no further call of it starts.
            awaitRoom();
            if (session.isResumable() && !methods.isRepeatable(call.attempt().call())) {
                session.persistence().writeRunning(request.id()).await();
                mayRunAgain = false;
            }
            answer(call, methods.call(call));
        } catch (MovedException _) {
            if (mayRunAgain) {
                call.attempt().inFlight().moved();
            } else {
                call.attempt().inFlight().cancel();
            }
            responseWriter.none(call.attempt());
        } catch (Throwable thrown) {
            call.end(attempt -> failed(attempt, thrown));
        }
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
     * Blocks until the outbound queue has room. Never on the thread that reads messages: the
     * acknowledgement that makes room may be the next message.
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
