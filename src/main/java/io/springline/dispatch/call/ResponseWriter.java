package io.springline.dispatch.call;

import io.springline.audit.AuditLog;
import io.springline.dispatch.call.CallContext.CallAttempt;
import io.springline.dispatch.shape.WireShape;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.mcp.McpMethod;
import io.springline.session.Connection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Answers a request in the shape of its revision, and reports its outcome to the observer, the
 * trace and the audit log.
 */
public final class ResponseWriter {

    private final WireShape shape;
    private final RequestObserver observer;

    public ResponseWriter(WireShape shape, RequestObserver observer) {
        this.shape = shape;
        this.observer = observer;
    }

    /**
     * Answers the request with the outcome of its handler. If the request has ended before, nothing
     * is sent, and it is reported as cancelled.
     */
    public void give(CallAttempt attempt, CallOutcome served) {
        Call call = attempt.call();
        switch (served) {
            case CallOutcome.Result(var json) ->
                    send(
                            attempt,
                            result(attempt, shape.of(call.method(), call.version(), json)),
                            json.path("isError").asBoolean(false)
                                    ? RequestObserver.Outcome.TOOL_ERROR
                                    : RequestObserver.Outcome.RESULT,
                            null);
            case CallOutcome.Question(var requests, var state) ->
                    send(
                            attempt,
                            result(attempt, shape.inputRequired(requests, state)),
                            RequestObserver.Outcome.INPUT_REQUIRED,
                            null);
            case CallOutcome.Continued(var task) ->
                    send(
                            attempt,
                            result(attempt, shape.task(call.version(), task)),
                            RequestObserver.Outcome.RESULT,
                            null);
            case CallOutcome.Pending _ ->
                    throw new IllegalArgumentException("the outcome is still pending");
            case CallOutcome.Later() -> {
                // The subscription may stay open for days, so its trace covers only the opening.
                if (call.method() == McpMethod.LISTEN && attempt.trace() != null) {
                    attempt.trace().ended(RequestObserver.Outcome.RESULT, null);
                }
            }
        }
    }

    /** Answers the request with an error. */
    public void give(CallAttempt attempt, JsonRpcError error) {
        Call call = attempt.call();
        observer.failed(call.method(), call.session().caller(), error);
        send(
                attempt,
                new ErrorResponse(attempt.inFlight().id(), error),
                RequestObserver.Outcome.ERROR,
                error);
    }

    /** Reports a request that has ended without this thread: nothing is sent. */
    public void none(CallAttempt attempt) {
        if (attempt.inFlight().isCancelled()) {
            ended(attempt, RequestObserver.Outcome.CANCELLED, null);
        }
    }

    private static ResultResponse result(CallAttempt attempt, ObjectNode json) {
        return new ResultResponse(attempt.inFlight().id(), json);
    }

    private void send(
            CallAttempt attempt,
            Response response,
            RequestObserver.Outcome outcome,
            @Nullable JsonRpcError error) {
        boolean first = attempt.inFlight().answer(response);
        ended(attempt, first ? outcome : RequestObserver.Outcome.CANCELLED, error);
    }

    private void ended(
            CallAttempt attempt, RequestObserver.Outcome outcome, @Nullable JsonRpcError error) {
        Call call = attempt.call();
        long nanos = System.nanoTime() - attempt.startedNanos();
        observer.ended(
                call.method(),
                call.version(),
                call.session().connection().transport(),
                outcome,
                nanos);
        if (attempt.trace() != null) {
            attempt.trace().ended(outcome, error);
        }
        if (AuditLog.isOn()) {
            boolean denied = error != null && error.code() == ErrorCode.INSUFFICIENT_SCOPE.code();
            audit(attempt, denied ? "denied" : outcome.name().toLowerCase(Locale.ROOT), nanos);
        }
    }

    private static void audit(CallAttempt attempt, String outcome, long nanos) {
        Call call = attempt.call();
        Connection connection = call.session().connection();
        var source =
                new AuditLog.Source(
                        attempt.socketId(),
                        connection.id(),
                        connection.transport().label(),
                        call.session().caller().name(),
                        connection.requestAddress());
        AuditLog.request(source, call.method().wireName(), name(call), outcome, nanos);
    }

    /**
     * Returns the name of the tool or prompt, or the URI of the resource without query and
     * fragment, which may hold secrets.
     */
    private static @Nullable String name(Call call) {
        String uri = call.params().path("uri").asString(null);
        return uri == null ? call.params().path("name").asString(null) : uri.split("[?#]", 2)[0];
    }
}
