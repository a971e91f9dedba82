package io.springline.client;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * An entry of {@link UnacknowledgedMessages}. Its fields change only under the lock of that log.
 */
final class LoggedMessage {

    private static final String CALL = "tools/call";

    final long position;
    final JsonRpcMessage message;
    final JsonRpcCodec codec;
    final byte[] bytes;
    final Consumer<Response> answer;

    /** True if the server may have received the message in the current session. */
    boolean sent;

    /** The response of a draining server that has not run the request; null if there is none. */
    @Nullable Response refusal;

    LoggedMessage(
            long position,
            JsonRpcMessage message,
            JsonRpcCodec codec,
            byte[] bytes,
            Consumer<Response> answer) {
        this.position = position;
        this.message = message;
        this.codec = codec;
        this.bytes = bytes;
        this.answer = answer;
    }

    JsonRpcMessage message() {
        return message;
    }

    /** Returns the encoded message. Encodes again if the codec has changed since it was queued. */
    byte[] encoded(JsonRpcCodec wanted) {
        return wanted == codec ? bytes : wanted.encode(message);
    }

    boolean mayHaveArrived() {
        return sent;
    }

    /** Completes the request with its refusal. Returns false if there is none. */
    boolean completeWithRefusal() {
        if (refusal != null) {
            answer.accept(refusal);
        }
        return refusal != null;
    }

    void answer(Response response) {
        answer.accept(response);
    }

    /**
     * Completes a request that gets no response: with its refusal, or with an error that says
     * whether the request may have run.
     *
     * @param reason the {@code reason} in the data of the error
     */
    void fail(String text, String reason) {
        if (completeWithRefusal()
                || !(message instanceof Request(var id, var method, var ignored))) {
            return;
        }
        boolean mayHaveRun = method.equals(CALL) && mayHaveArrived();
        var data =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("reason", reason)
                        .put("outcome", mayHaveRun ? "unknown" : "not-run");
        answer(
                new ErrorResponse(
                        id, new JsonRpcError(ErrorCode.INTERNAL_ERROR.code(), text, data)));
    }
}
