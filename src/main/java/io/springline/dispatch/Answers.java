package io.springline.dispatch;

import io.springline.dispatch.CallContext.Turn;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import tools.jackson.databind.node.ObjectNode;

/** Gives a request its one answer, in the shape of its revision, and tells the observer. */
final class Answers {

    private final WireShape shape;
    private final RequestObserver observer;

    Answers(WireShape shape, RequestObserver observer) {
        this.shape = shape;
        this.observer = observer;
    }

    void give(Turn turn, Served served) {
        Call call = turn.call();
        switch (served) {
            case Served.Result(var json) ->
                    send(
                            turn,
                            result(turn, shape.of(call.method(), call.version(), json)),
                            json.path("isError").asBoolean(false)
                                    ? RequestObserver.Outcome.TOOL_ERROR
                                    : RequestObserver.Outcome.RESULT);
            case Served.Question(var requests, var state) ->
                    send(
                            turn,
                            result(turn, shape.inputRequired(requests, state)),
                            RequestObserver.Outcome.INPUT_REQUIRED);
            case Served.Later() -> {}
        }
    }

    void give(Turn turn, JsonRpcError error) {
        send(turn, new ErrorResponse(turn.inFlight().id(), error), RequestObserver.Outcome.ERROR);
    }

    /** The request has ended already: there is nothing to send. */
    void none(Turn turn) {
        if (turn.inFlight().isCancelled()) {
            ended(turn, RequestObserver.Outcome.CANCELLED);
        }
    }

    private static ResultResponse result(Turn turn, ObjectNode json) {
        return new ResultResponse(turn.inFlight().id(), json);
    }

    private void send(Turn turn, Response response, RequestObserver.Outcome outcome) {
        boolean first = turn.inFlight().answer(response);
        ended(turn, first ? outcome : RequestObserver.Outcome.CANCELLED);
    }

    private void ended(Turn turn, RequestObserver.Outcome outcome) {
        Call call = turn.call();
        observer.ended(
                call.method(), call.version(), outcome, System.nanoTime() - turn.startedNanos());
    }
}
