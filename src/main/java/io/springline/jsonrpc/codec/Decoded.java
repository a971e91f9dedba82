package io.springline.jsonrpc.codec;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.RequestId;
import java.util.List;

/** The result of decoding one WebSocket message. */
public sealed interface Decoded {

    /** A message, or one element of a {@link Batch}. */
    sealed interface Single extends Decoded {}

    /** A well-formed message. */
    record Message(JsonRpcMessage message) implements Single {}

    /**
     * Invalid input that must be answered with an error.
     *
     * @param answer the error for the peer
     * @param strike true if it counts towards {@code CloseReason.STRIKES}
     */
    record Malformed(ErrorResponse answer, boolean strike) implements Single {

        static Malformed counted(ErrorResponse answer) {
            return new Malformed(answer, true);
        }

        static Malformed tolerated(ErrorResponse answer) {
            return new Malformed(answer, false);
        }
    }

    /**
     * An invalid answer to a request of this side. No other answer will arrive.
     *
     * @param reason what is wrong with it, in words that the waiting caller may be shown
     */
    record UnusableAnswer(RequestId id, String reason) implements Single {}

    /**
     * Input that is not answered: an empty message, or invalid input to which JSON-RPC allows no
     * answer.
     */
    record Ignored(String reason) implements Single {}

    /**
     * A JSON array, with its elements decoded one by one. Only a 2025-03-26 session may send one.
     */
    record Batch(List<Single> elements) implements Decoded {
        public Batch {
            elements = List.copyOf(elements);
        }
    }
}
