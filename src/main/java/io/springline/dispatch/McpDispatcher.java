package io.springline.dispatch;

import io.springline.dispatch.call.Call;
import io.springline.dispatch.call.CallContext;
import io.springline.dispatch.call.CallContext.CallAttempt;
import io.springline.dispatch.call.CallMemory;
import io.springline.dispatch.call.CallMemory.Claim;
import io.springline.dispatch.call.ClientInput;
import io.springline.dispatch.call.RequestObserver;
import io.springline.dispatch.call.RequestTracer;
import io.springline.dispatch.call.RequestTracer.Trace;
import io.springline.dispatch.call.ResponseWriter;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.Decoded.Batch;
import io.springline.jsonrpc.codec.Decoded.Ignored;
import io.springline.jsonrpc.codec.Decoded.Malformed;
import io.springline.jsonrpc.codec.Decoded.Message;
import io.springline.jsonrpc.codec.Decoded.UnusableAnswer;
import io.springline.mcp.CloseReason;
import io.springline.session.McpSession;
import io.springline.session.limit.RateLimiter;
import io.springline.session.request.InFlight;
import io.springline.session.request.InFlightRequests.Duplicate;
import io.springline.session.request.InFlightRequests.Full;
import io.springline.session.request.InFlightRequests.Opened;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JsonPointer;

/**
 * Takes each message to what answers it. Messages of one session are handed in one after the other,
 * in the order of their arrival, and never wait for a handler: what may take time runs on a virtual
 * thread, and a cancel that comes before it does still finds it.
 */
public final class McpDispatcher {

    private static final Logger log = LoggerFactory.getLogger(McpDispatcher.class);

    /** What becomes of requests that come. */
    private enum Intake {
        RUN,
        REFUSE,
        /** Those of resumable sessions are left for another node, others are refused. */
        LEAVE
    }

    private final CallMemory callMemory;
    private final AuthenticationGuard gate;
    private final ResumeHandler resuming;
    private final Methods methods;
    private final SubscriptionHandler listening;
    private final ClientInput questions;
    private final ResponseWriter answers;
    private final RequestObserver observer;
    private final ChangeNotifier notifier;
    private final @Nullable RequestTracer tracer;
    private volatile Intake intake = Intake.RUN;

    McpDispatcher(
            CallMemory callMemory,
            AuthenticationGuard gate,
            ResumeHandler resuming,
            Methods methods,
            SubscriptionHandler listening,
            ClientInput questions,
            ResponseWriter answers,
            RequestObserver observer,
            ChangeNotifier notifier,
            @Nullable RequestTracer tracer) {
        this.callMemory = callMemory;
        this.gate = gate;
        this.resuming = resuming;
        this.methods = methods;
        this.listening = listening;
        this.questions = questions;
        this.answers = answers;
        this.observer = observer;
        this.notifier = notifier;
        this.tracer = tracer;
    }

    /**
     * From now on no more requests are run; those that were accepted go on.
     *
     * @param sessionsGoOn whether another node takes resumable sessions over: their requests are
     *     left for it, and others refused
     */
    public void stopAccepting(boolean sessionsGoOn) {
        intake = sessionsGoOn ? Intake.LEAVE : Intake.REFUSE;
    }

    /**
     * Returns the HTTP headers that 2026-07-28 clients repeat arguments of a tool in, by the place
     * of the argument.
     */
    public Map<JsonPointer, String> argumentHeaders(String tool) {
        return methods.argumentHeaders(tool);
    }

    /**
     * Ends the session's subscriptions with their result, so that its client knows that it is over.
     */
    public void endSubscriptions(McpSession session) {
        methods.endListening(session);
    }

    /**
     * What one WebSocket message held. Whatever is wrong with it is answered, never thrown.
     *
     * @param session for which the connection speaks
     * @param alone runs the handler of the only request at work, on a virtual thread that nothing
     *     else waits for
     * @return the session for which it speaks from now on: another one after it has resumed
     */
    public McpSession accept(McpSession session, Decoded decoded, Executor alone) {
        if (decoded instanceof Message(Request request) && ResumeHandler.isOpening(request)) {
            return open(session, request);
        }
        if (!AuthenticationGuard.isNotCounted(session, decoded)) {
            session.recordMessage();
        }
        switch (decoded) {
            case Message(var message) -> accept(session, message, Reply.to(session), alone);
            case Malformed malformed -> refuse(session, malformed, Reply.to(session));
            case UnusableAnswer answer -> accept(session, failed(answer), Reply.to(session), alone);
            case Ignored(var reason) -> log.debug("ignored: {}", reason);
            case Batch batch -> acceptBatch(session, batch, alone);
        }
        return session;
    }

    private McpSession open(McpSession session, Request request) {
        if (pace(session) != RateLimiter.Verdict.WITHIN) {
            resuming.refuse(session, tooFast(request));
            return session;
        }
        if (!gate.admits(session, request, Reply.to(session))) {
            return session;
        }
        return resuming.serve(session, request, this::restore);
    }

    /**
     * A session that another node had before: its subscriptions go on, and since nobody knows what
     * has changed meanwhile, its client is told that everything may have.
     */
    public void restore(McpSession session) {
        for (RequestId id : session.subscriptions().listenIds()) {
            Runnable onSilentEnd = () -> session.persistence().unanswered(id);
            if (session.inFlight().open(id, Reply.to(session)::answer, onSilentEnd)
                    instanceof Opened(var inFlight)) {
                methods.keepListening(session, inFlight);
            }
        }
        methods.keepSubscriptions(session);
        notifier.tellAll(session);
    }

    private static RateLimiter.Verdict pace(McpSession session) {
        RateLimiter.Verdict verdict = session.rate().take(System.nanoTime());
        if (verdict == RateLimiter.Verdict.ABUSE) {
            session.connection().close(CloseReason.RATE_LIMIT);
        }
        return verdict;
    }

    private void accept(McpSession session, JsonRpcMessage message, Reply reply, Executor alone) {
        RateLimiter.Verdict verdict = pace(session);
        if (!gate.admits(session, message, reply)) {
            return;
        }
        switch (message) {
            case Request request when answerIfRepeated(session, request, reply) -> {}
            case Request request when verdict != RateLimiter.Verdict.WITHIN ->
                    refuse(tooFast(request), reply::answer);
            case Request request -> start(session, request, reply, alone);
            case Notification notification -> notified(session, notification);
            case ResultResponse response -> settle(session, response, response.id());
            case ErrorResponse response -> settle(session, response, response.id());
        }
    }

    private void acceptBatch(McpSession session, Batch batch, Executor alone) {
        JsonRpcException refusal = Batches.refusal(session, batch);
        if (refusal != null) {
            refuse(new ErrorResponse(null, refusal.error()), Reply.to(session)::answer);
            return;
        }
        // What is kept and repeated is one answer, so a resumable session gets them one by one.
        Reply reply =
                session.isResumable()
                        ? Reply.to(session)
                        : new Reply.OfBatch(session, Batches.answersDue(batch));
        for (Decoded.Single element : batch.elements()) {
            // Other clients' threads that are ready run between two elements.
            Thread.yield();
            switch (element) {
                case Message(Request request) when Batches.isInitialize(request) ->
                        refuse(Batches.noInitialize(request), reply::answer);
                case Message(var message) -> accept(session, message, reply, alone);
                case Malformed malformed -> refuse(session, malformed, reply);
                case UnusableAnswer answer -> accept(session, failed(answer), reply, alone);
                case Ignored(var reason) -> log.debug("ignored: {}", reason);
            }
        }
    }

    private static ErrorResponse failed(UnusableAnswer answer) {
        return new ErrorResponse(
                answer.id(),
                ErrorCode.INTERNAL_ERROR.error(
                        "The client's answer cannot be used: " + answer.reason()));
    }

    private void refuse(McpSession session, Malformed malformed, Reply reply) {
        refuse(malformed.answer(), reply::answer);
        if (malformed.strike()) {
            strike(session);
        }
    }

    private void refuse(ErrorResponse error, Consumer<Response> reply) {
        log.debug("refused: {}", error);
        reply.accept(error);
        observer.refused(error);
    }

    private static ErrorResponse tooFast(Request request) {
        return new ErrorResponse(
                request.id(),
                ErrorCode.INTERNAL_ERROR.error(
                        "Too many messages per second (springline.requests.rate)"));
    }

    private static ErrorResponse tooLarge(Request request) {
        return new ErrorResponse(
                request.id(),
                ErrorCode.INTERNAL_ERROR.error(
                        "Too many requests at once: the params of your running calls take too much memory (springline.requests.max-call-memory)"));
    }

    private static void strike(McpSession session) {
        if (session.malformedMessages().add(System.nanoTime())) {
            session.connection().close(CloseReason.STRIKES);
        }
    }

    /** Whether the id of the request has been seen before in a resumable session. */
    private boolean answerIfRepeated(McpSession session, Request request, Reply reply) {
        return switch (session.persistence().claim(request.id())) {
            case NONE -> false;
            case SERVED -> true;
            case STALE -> {
                refuse(
                        new ErrorResponse(
                                request.id(),
                                ErrorCode.INVALID_REQUEST.error(
                                        "Invalid Request: id %s was used before in this session"
                                                .formatted(request.id()))),
                        reply::answer);
                yield true;
            }
        };
    }

    private void start(McpSession session, Request request, Reply reply, Executor alone) {
        Claim memory = callMemory.claim(session.caller(), request.params());
        if (memory == null) {
            refuse(tooLarge(request), reply::answer);
            return;
        }
        var execution = new CallExecution(session, request, reply, memory, methods, answers);
        switch (session.inFlight().open(request.id(), execution::answer, execution::endSilently)) {
            case Opened(var inFlight) -> start(execution, inFlight, alone);
            case Full(var limit) ->
                    refuse(
                            new ErrorResponse(
                                    request.id(),
                                    ErrorCode.INTERNAL_ERROR.error(
                                            "Too many concurrent requests: %d run, and as many wait (springline.requests.max-in-flight)"
                                                    .formatted(limit))),
                            execution::answer);
            case Duplicate() -> {
                // With the id it would be taken for the answer to the first request.
                refuse(
                        new ErrorResponse(
                                null,
                                ErrorCode.INVALID_REQUEST.error(
                                        "Invalid Request: id %s is still in flight"
                                                .formatted(request.id()))),
                        execution::answer);
                strike(session);
            }
        }
    }

    private void start(CallExecution execution, InFlight inFlight, Executor alone) {
        long started = System.nanoTime();
        McpSession session = execution.session();
        Request request = execution.request();
        // Not before it is in flight: whoever stops the intake looks there next.
        Intake now = intake;
        if (now == Intake.LEAVE && session.isResumable()) {
            log.debug("left for another node: {}", request);
            session.persistence().disclaim(request.id());
            inFlight.cancel();
            return;
        }
        Call call;
        try {
            if (now != Intake.RUN) {
                throw new JsonRpcException(Draining.NOT_RUN);
            }
            call = RequestResolver.climb(session, request);
        } catch (JsonRpcException e) {
            refuse(new ErrorResponse(request.id(), e.error()), inFlight::answer);
            return;
        }
        Trace trace =
                tracer == null ? null : tracer.begin(call, inFlight.id(), methods.target(call));
        var turn = new CallAttempt(call, inFlight, session.connection().socketId(), started, trace);
        execution.context(new CallContext(turn, questions, notifier::tell));
        if (call.method().isInline() && session.persistence().hasRoom()) {
            execution.runInline();
        } else if (!session.inFlight().begin(inFlight, execution)) {
            awaitRoom(session);
        } else if (session.inFlight().count() > 1) {
            // Others are at work: answers that get ready at about the same time share a write.
            Thread.startVirtualThread(execution);
        } else {
            alone.execute(execution);
        }
    }

    private static void awaitRoom(McpSession session) {
        try {
            session.inFlight().awaitRoom();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Notifications carry no era: they are taken by what they say, and what says nothing is passed
     * over.
     */
    private static void notified(McpSession session, Notification notification) {
        switch (notification.method()) {
            case ResumeHandler.ACK -> {
                if (!ResumeHandler.acknowledge(session, notification)) {
                    strike(session);
                }
            }
            case "notifications/initialized" -> session.operational();
            case "notifications/cancelled" -> cancelled(session, notification);
            default -> log.debug("ignored: {}", notification);
        }
    }

    private static void cancelled(McpSession session, Notification notification) {
        InFlight inFlight = session.inFlight().cancelledBy(notification);
        if (inFlight != null) {
            inFlight.cancel();
        } else {
            session.forwardToOtherNodes(notification);
        }
    }

    private static void settle(McpSession session, Response response, @Nullable RequestId id) {
        if (id == null || !session.outgoing().settle(response, id)) {
            session.forwardToOtherNodes(response);
        }
    }
}
