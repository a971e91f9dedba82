package io.springline.dispatch;

import io.springline.auth.CallerContext;
import io.springline.dispatch.call.CallContext;
import io.springline.dispatch.call.CallContext.CallAttempt;
import io.springline.dispatch.call.CallMemory.Claim;
import io.springline.dispatch.call.CallOutcome;
import io.springline.dispatch.call.RequestTracer.Trace;
import io.springline.dispatch.call.ResponseWriter;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.session.McpSession;
import io.springline.session.MovedException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The execution of one request, from its registration until it has been answered and its handler
 * has returned. The memory that its params take is given back when the request ends, or, if its
 * handler has begun by then, when the handler has returned.
 */
final class CallExecution implements Runnable {

    private final McpSession session;
    private final Request request;
    private final Reply reply;
    private final Claim memory;
    private final Methods methods;
    private final ResponseWriter answers;

    /** Set by the handler's begin or by the request's end, whichever is first. */
    private final AtomicBoolean begunOrEnded = new AtomicBoolean();

    private @Nullable CallContext context;
    private boolean inline;

    CallExecution(
            McpSession session,
            Request request,
            Reply reply,
            Claim memory,
            Methods methods,
            ResponseWriter answers) {
        this.session = session;
        this.request = request;
        this.reply = reply;
        this.memory = memory;
        this.methods = methods;
        this.answers = answers;
    }

    McpSession session() {
        return session;
    }

    Request request() {
        return request;
    }

    /** To be called before it is run. */
    void context(CallContext accepted) {
        context = accepted;
    }

    /** The request has ended with this answer. */
    void answer(Response response) {
        releaseUnlessBegun();
        reply.answer(response);
    }

    /** The request has ended without an answer. */
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

    /** Runs the handler on the thread that reads messages: it neither blocks nor waits for room. */
    void runInline() {
        inline = true;
        traced();
    }

    /** Runs the handler on this thread, as the request's caller. */
    @Override
    public void run() {
        boolean holdsMemory = begunOrEnded.compareAndSet(false, true);
        try {
            CallContext accepted = accepted();
            accepted.turn().inFlight().runOn(Thread.currentThread());
            CallerContext.run(accepted::caller, this::traced);
        } finally {
            if (holdsMemory) {
                memory.release();
            }
        }
    }

    private CallContext accepted() {
        return Objects.requireNonNull(context, "not accepted yet");
    }

    /** Within the request's trace, if it is followed. */
    private void traced() {
        Trace trace = accepted().turn().trace();
        if (trace == null) {
            serve();
        } else {
            trace.during(this::serve);
        }
    }

    private void serve() {
        CallContext call = accepted();
        call.runsOn(Thread.currentThread());
        try {
            // Nothing is begun for a client that does not take what it has asked for before.
            awaitRoom();
            if (session.isResumable() && !methods.isRepeatable(call.turn().call())) {
                session.persistence().writeRunning(request.id()).await();
            }
            CallOutcome served = methods.call(call);
            awaitRoom();
            call.end(turn -> answers.give(turn, served));
        } catch (MovedException _) {
            call.turn().inFlight().cancel();
            answers.none(call.turn());
        } catch (Throwable thrown) {
            call.end(turn -> failed(turn, thrown));
        }
    }

    /** Where messages are read nobody waits: what makes room may be in the next one. */
    private void awaitRoom() throws InterruptedException {
        if (!inline) {
            session.connection().awaitRoom();
        }
    }

    private void failed(CallAttempt turn, Throwable thrown) {
        if (turn.inFlight().hasEnded()) {
            answers.none(turn);
        } else {
            answers.give(turn, ErrorMapper.map(turn.call().method(), thrown));
        }
    }
}
