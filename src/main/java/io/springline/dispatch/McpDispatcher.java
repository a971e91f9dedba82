package io.springline.dispatch;

import io.springline.concurrent.SharedThread;
import io.springline.dispatch.call.Call;
import io.springline.dispatch.call.CallContext;
import io.springline.dispatch.call.CallContext.CallAttempt;
import io.springline.dispatch.call.CallMemory;
import io.springline.dispatch.call.CallMemory.Claim;
import io.springline.dispatch.call.ClientInput;
import io.springline.dispatch.call.Draining;
import io.springline.dispatch.call.Reply;
import io.springline.dispatch.call.RequestObserver;
import io.springline.dispatch.call.RequestTracer;
import io.springline.dispatch.call.RequestTracer.Trace;
import io.springline.dispatch.call.ResponseWriter;
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
import io.springline.mcp.ExtensionMethods;
import io.springline.mcp.McpMethod;
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
 * Dispatches the messages of one endpoint to the code that answers them.
 *
 * <p>The messages of one session are passed in one after the other, in the order of their arrival.
 * {@link #accept} does not wait for handlers: a call that may block runs on a virtual thread. It
 * registers a request before it returns, so that a later {@code notifications/cancelled} finds it.
 */
public final class McpDispatcher {

    private static final Logger log = LoggerFactory.getLogger(McpDispatcher.class);

    /** What happens to new requests. */
    private enum Intake {
        RUN,
        REFUSE,
        /**
         * The node stops, and sessions go on at other nodes. New requests of resumable sessions get
         * no answer, since the client sends them again to the node that takes the session over.
         * Other new requests are answered with an error.
         */
        LEAVE
    }

    private final CallMemory callMemory;
    private final AuthenticationGuard authentication;
    private final SessionExtension extension;
    private final Methods methods;
    private final ClientInput clientInput;
    private final ResponseWriter responseWriter;
    private final RequestObserver observer;
    private final ChangeNotifier notifier;
    private final @Nullable RequestTracer tracer;
    private volatile Intake intake = Intake.RUN;

    McpDispatcher(
            CallMemory callMemory,
            AuthenticationGuard authentication,
            SessionExtension extension,
            Methods methods,
            ClientInput clientInput,
            ResponseWriter responseWriter,
            RequestObserver observer,
            ChangeNotifier notifier,
            @Nullable RequestTracer tracer) {
        this.callMemory = callMemory;
        this.authentication = authentication;
        this.extension = extension;
        this.methods = methods;
        this.clientInput = clientInput;
        this.responseWriter = responseWriter;
        this.observer = observer;
        this.notifier = notifier;
        this.tracer = tracer;
    }

    /**
     * Stops running new requests. Those that were accepted continue.
     *
     * @param sessionsGoOn true if another node takes resumable sessions over: their requests are
     *     then dropped unanswered, to be sent again there, and only the others are refused with an
     *     error
     */
    public void stopAccepting(boolean sessionsGoOn) {
        intake = sessionsGoOn ? Intake.LEAVE : Intake.REFUSE;
    }

    /**
     * Returns the arguments of a tool that 2026-07-28 clients repeat in HTTP headers: for each
     * argument's place, the name of the header.
     */
    public Map<JsonPointer, String> argumentHeaders(String tool) {
        return methods.argumentHeaders(tool);
    }

    /**
     * Ends the session's {@code subscriptions/listen} requests with their result, so that the
     * client learns that they are over.
     */
    public void endSubscriptions(McpSession session) {
        methods.endListening(session);
    }

    /**
     * Serves one decoded WebSocket message. Whatever is wrong with the message is answered; nothing
     * is thrown.
     *
     * @param session the session of the connection
     * @param inlineExecutor runs the call if no other call of the session is running, or on a
     *     {@link SharedThread}; the executor must not make other work wait for it
     * @return the session of the connection from now on: another one if the message has resumed it
     */
    public McpSession accept(McpSession session, Decoded decoded, Executor inlineExecutor) {
        if (decoded instanceof Message(Request request) && extension.opens(request)) {
            return open(session, request);
        }
        if (!AuthenticationGuard.isNotCounted(session, decoded)) {
            session.recordMessage();
        }
        switch (decoded) {
            case Message(var message) ->
                    accept(session, message, Reply.to(session), inlineExecutor);
            case Malformed malformed -> refuse(session, malformed, Reply.to(session));
            case UnusableAnswer answer ->
                    accept(
                            session,
                            MessageRefusals.unusable(answer),
                            Reply.to(session),
                            inlineExecutor);
            case Ignored(var reason) -> log.debug("ignored: {}", reason);
            case Batch batch -> acceptBatch(session, batch, inlineExecutor);
        }
        return session;
    }

    /**
     * Returns true if {@link #accept} of the message would not block, so that it may be called on a
     * thread that serves many clients: for a tool call, unless too many requests of the session
     * wait.
     */
    public boolean isNonBlocking(McpSession session, Decoded decoded) {
        return decoded instanceof Message(Request request)
                && request.method().equals(McpMethod.TOOLS_CALL.wireName())
                && session.inFlight().hasRoom();
    }

    private McpSession open(McpSession session, Request request) {
        if (pace(session) != RateLimiter.Verdict.WITHIN) {
            extension.refuse(session, MessageRefusals.tooFast(request));
            return session;
        }
        if (!authentication.admits(session, request, Reply.to(session))) {
            return session;
        }
        return extension.serve(session, request, this::restore);
    }

    /**
     * Restores a session that another node owned: continues its subscriptions, and sends all its
     * change notifications, since changes during the move are unknown.
     */
    public void restore(McpSession session) {
        methods.join(new RestoredSession(session, notifier));
        for (RequestId id : session.subscriptions().listenIds()) {
            Runnable onSilentEnd = () -> session.persistence().unanswered(id);
            if (session.inFlight().open(id, Reply.to(session)::answer, onSilentEnd)
                    instanceof Opened(var inFlight)) {
                CallAttempt listen = CallAttempt.listening(session, inFlight);
                methods.keepListening(new CallContext(listen, clientInput, notifier::tell));
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

    private void accept(
            McpSession session, JsonRpcMessage message, Reply reply, Executor inlineExecutor) {
        RateLimiter.Verdict verdict = pace(session);
        if (!authentication.admits(session, message, reply)) {
            return;
        }
        switch (message) {
            case Request request when answerIfRepeated(session, request, reply) -> {}
            case Request request when verdict != RateLimiter.Verdict.WITHIN ->
                    refuse(MessageRefusals.tooFast(request), reply::answer);
            case Request request -> start(session, request, reply, inlineExecutor);
            case Notification notification -> notified(session, notification);
            case ResultResponse response -> settle(session, response, response.id());
            case ErrorResponse response -> settle(session, response, response.id());
        }
    }

    private void acceptBatch(McpSession session, Batch batch, Executor inlineExecutor) {
        JsonRpcException refusal = Batches.refusal(session, batch);
        if (refusal != null) {
            refuse(new ErrorResponse(null, refusal.error()), Reply.to(session)::answer);
            return;
        }
        // A resumable session logs and replays answers one by one, so it gets no array.
        Reply reply =
                session.isResumable()
                        ? Reply.to(session)
                        : new Reply.OfBatch(session, Batches.answersDue(batch));
        for (Decoded.Single element : batch.elements()) {
            // A long batch must not keep other clients' threads from running.
            Thread.yield();
            switch (element) {
                case Message(Request request) when Batches.isInitialize(request) ->
                        refuse(Batches.noInitialize(request), reply::answer);
                case Message(var message) -> accept(session, message, reply, inlineExecutor);
                case Malformed malformed -> refuse(session, malformed, reply);
                case UnusableAnswer answer ->
                        accept(session, MessageRefusals.unusable(answer), reply, inlineExecutor);
                case Ignored(var reason) -> log.debug("ignored: {}", reason);
            }
        }
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

    private static void strike(McpSession session) {
        if (session.malformedMessages().add(System.nanoTime())) {
            session.connection().close(CloseReason.STRIKES);
        }
    }

    /**
     * Answers a request whose id was used before in a resumable session. Returns false if the id is
     * new.
     */
    private boolean answerIfRepeated(McpSession session, Request request, Reply reply) {
        return switch (session.persistence().claim(request.id())) {
            case NONE -> false;
            case SERVED -> true;
            case STALE -> {
                refuse(MessageRefusals.usedBefore(request), reply::answer);
                yield true;
            }
        };
    }

    private void start(McpSession session, Request request, Reply reply, Executor inlineExecutor) {
        Claim memory = callMemory.claim(session.caller(), request.params());
        if (memory == null) {
            refuse(MessageRefusals.tooLarge(request), reply::answer);
            return;
        }
        var execution = new CallExecution(session, request, reply, memory, methods, responseWriter);
        switch (session.inFlight().open(request.id(), execution::answer, execution::endSilently)) {
            case Opened(var inFlight) -> start(execution, inFlight, inlineExecutor);
            case Full(var limit) ->
                    refuse(MessageRefusals.tooMany(request, limit), execution::answer);
            case Duplicate() -> {
                refuse(MessageRefusals.inFlight(request), execution::answer);
                strike(session);
            }
        }
    }

    private void start(CallExecution execution, InFlight inFlight, Executor inlineExecutor) {
        long started = System.nanoTime();
        McpSession session = execution.session();
        Request request = execution.request();
        // Read after the request was registered: {@link #stopAccepting} is followed by a look at
        // the requests in flight, which must include this one if it still runs.
        Intake now = intake;
        if (now == Intake.LEAVE && session.isResumable()) {
            log.debug("dropped, to be sent again to another node: {}", request);
            session.persistence().disclaim(request.id());
            inFlight.cancel();
            return;
        }
        Call call;
        try {
            if (now != Intake.RUN) {
                throw new JsonRpcException(Draining.NOT_RUN);
            }
            call = methods.named(RequestResolver.resolve(session, request));
        } catch (JsonRpcException e) {
            refuse(new ErrorResponse(request.id(), e.error()), inFlight::answer);
            return;
        }
        Trace trace =
                tracer == null ? null : tracer.begin(call, inFlight.id(), methods.target(call));
        var attempt =
                new CallAttempt(call, inFlight, session.connection().socketId(), started, trace);
        execution.context(new CallContext(attempt, clientInput, notifier::tell));
        if (call.method().isInline() && session.persistence().hasRoom()) {
            execution.runInline();
        } else if (!session.inFlight().begin(inFlight, execution)) {
            awaitRoom(session);
        } else if (session.inFlight().count() > 1 && !SharedThread.isCurrent()) {
            // On threads of their own, answers that are ready at about the same time share a write.
            Thread.startVirtualThread(execution);
        } else {
            inlineExecutor.execute(execution);
        }
    }

    /** A shared thread need not wait: it does not accept the next message. */
    private static void awaitRoom(McpSession session) {
        if (SharedThread.isCurrent()) {
            return;
        }
        try {
            session.inFlight().awaitRoom();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Serves a notification. Legacy and modern ones are alike; unknown ones are ignored. */
    private void notified(McpSession session, Notification notification) {
        switch (notification.method()) {
            case ExtensionMethods.ACK -> {
                if (!extension.acknowledge(session, notification)) {
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
