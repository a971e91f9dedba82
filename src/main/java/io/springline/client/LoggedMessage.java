package io.springline.client;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One message of the {@link UnacknowledgedMessages}, which alone changes it, under its lock. */
final class LoggedMessage {

    final long position;
    final JsonRpcMessage message;
    final JsonRpcCodec codec;
    final byte[] bytes;
    final Consumer<Response> answer;

    /** Whether the server may have seen it in this session. */
    boolean sent;

    /** The answer of a server that has not run it, until another session is asked. */
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

    /** As the connection wants it, which may be another than when it was queued. */
    byte[] encoded(JsonRpcCodec wanted) {
        return wanted == codec ? bytes : wanted.encode(message);
    }

    boolean mayHaveArrived() {
        return sent;
    }

    /** Answers with what the server has said instead of running it; false if it has not. */
    boolean giveBack() {
        if (refusal != null) {
            answer.accept(refusal);
        }
        return refusal != null;
    }

    void answer(Response response) {
        answer.accept(response);
    }
}
