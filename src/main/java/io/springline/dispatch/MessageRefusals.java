package io.springline.dispatch;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.codec.Decoded.UnusableAnswer;

/** The errors with which messages are answered that are not dispatched. */
final class MessageRefusals {

    private MessageRefusals() {}

    static ErrorResponse tooFast(Request request) {
        return new ErrorResponse(
                request.id(),
                ErrorCode.INTERNAL_ERROR.error(
                        "Too many messages per second (springline.requests.rate). Send the request again later"));
    }

    static ErrorResponse tooLarge(Request request) {
        return new ErrorResponse(
                request.id(),
                ErrorCode.INTERNAL_ERROR.error(
                        "Too many requests at once: the params of your running calls take too much memory (springline.requests.max-call-memory)"));
    }

    static ErrorResponse tooMany(Request request, int limit) {
        return new ErrorResponse(
                request.id(),
                ErrorCode.INTERNAL_ERROR.error(
                        "Too many concurrent requests: %d run, and as many wait (springline.requests.max-in-flight)"
                                .formatted(limit)));
    }

    /** Refuses an id that was used before in a resumable session. */
    static ErrorResponse usedBefore(Request request) {
        return new ErrorResponse(
                request.id(),
                ErrorCode.INVALID_REQUEST.error(
                        "Invalid Request: id %s was used before in this session"
                                .formatted(request.id())));
    }

    /** Has no id: an answer with the id would end the first request at the client. */
    static ErrorResponse inFlight(Request request) {
        return new ErrorResponse(
                null,
                ErrorCode.INVALID_REQUEST.error(
                        "Invalid Request: id %s is still in flight".formatted(request.id())));
    }

    /** Returns the error that stands for a client's answer without a usable result. */
    static ErrorResponse unusable(UnusableAnswer answer) {
        return new ErrorResponse(
                answer.id(),
                ErrorCode.INTERNAL_ERROR.error(
                        "The client's answer cannot be used: " + answer.reason()));
    }
}
