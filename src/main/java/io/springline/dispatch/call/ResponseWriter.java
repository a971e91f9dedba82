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
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Gives a request its one answer, in the shape of its revision, and tells the observer. */
public final class ResponseWriter {

    private final WireShape shape;
    private final RequestObserver observer;

    public ResponseWriter(WireShape shape, RequestObserver observer) {
        this.shape = shape;
        this.observer = observer;
    }

    public void give(CallAttempt turn, CallOutcome served) {
        Call call = turn.call();
        switch (served) {
            case CallOutcome.Result(var json) ->
                    send(
                            turn,
                            result(turn, shape.of(call.method(), call.version(), json)),
                            json.path("isError").asBoolean(false)
                                    ? RequestObserver.Outcome.TOOL_ERROR
                                    : RequestObserver.Outcome.RESULT,
                            null);
            case CallOutcome.Question(var requests, var state) ->
                    send(
                            turn,
                            result(turn, shape.inputRequired(requests, state)),
                            RequestObserver.Outcome.INPUT_REQUIRED,
                            null);
            case CallOutcome.Later() -> {
                // a subscription may be open for days: followed is how it was opened
                if (call.method() == McpMethod.LISTEN && turn.trace() != null) {
                    turn.trace().ended(RequestObserver.Outcome.RESULT, null);
                }
            }
        }
    }

    public void give(CallAttempt turn, JsonRpcError error) {
        Call call = turn.call();
        observer.failed(call.method(), call.session().caller(), error);
        send(
                turn,
                new ErrorResponse(turn.inFlight().id(), error),
                RequestObserver.Outcome.ERROR,
                error);
    }

    /** The request has ended already: there is nothing to send. */
    public void none(CallAttempt turn) {
        if (turn.inFlight().isCancelled()) {
            ended(turn, RequestObserver.Outcome.CANCELLED, null);
        }
    }

    private static ResultResponse result(CallAttempt turn, ObjectNode json) {
        return new ResultResponse(turn.inFlight().id(), json);
    }

    private void send(
            CallAttempt turn,
            Response response,
            RequestObserver.Outcome outcome,
            @Nullable JsonRpcError error) {
        boolean first = turn.inFlight().answer(response);
        ended(turn, first ? outcome : RequestObserver.Outcome.CANCELLED, error);
    }

    private void ended(
            CallAttempt turn, RequestObserver.Outcome outcome, @Nullable JsonRpcError error) {
        Call call = turn.call();
        long nanos = System.nanoTime() - turn.startedNanos();
        observer.ended(call.method(), call.version(), outcome, nanos);
        if (turn.trace() != null) {
            turn.trace().ended(outcome, error);
        }
        if (AuditLog.isOn()) {
            boolean denied = error != null && error.code() == ErrorCode.INSUFFICIENT_SCOPE.code();
            audit(turn, denied ? "denied" : outcome.name().toLowerCase(Locale.ROOT), nanos);
        }
    }

    private static void audit(CallAttempt turn, String outcome, long nanos) {
        Call call = turn.call();
        AuditLog.request(
                turn.socketId(),
                call.session().connection().id(),
                call.session().caller().name(),
                call.method().wireName(),
                name(call),
                outcome,
                nanos);
    }

    /** Of the tool, prompt or resource that the call is about; of a URI nothing after its path. */
    private static @Nullable String name(Call call) {
        String uri = call.params().path("uri").asString(null);
        return uri == null ? call.params().path("name").asString(null) : uri.split("[?#]", 2)[0];
    }
}
