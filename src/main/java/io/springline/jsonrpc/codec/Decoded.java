package io.springline.jsonrpc.codec;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.RequestId;
import java.util.List;

/** What one WebSocket message turned out to be. */
public sealed interface Decoded {

    /** One message, or one element of a {@link Batch}. */
    sealed interface Single extends Decoded {}

    /** A well-formed message. */
    record Message(JsonRpcMessage message) implements Single {}

    /**
     * Not a message; {@code answer} tells the peer why.
     *
     * @param strike whether it counts towards closing the connection
     */
    record Malformed(ErrorResponse answer, boolean strike) implements Single {}

    /**
     * An answer that cannot be used, to a request of ours that no other answer will come for.
     *
     * @param reason what is wrong with it, fit to be shown to whoever waits
     */
    record UnusableAnswer(RequestId id, String reason) implements Single {}

    /** Nothing to answer: an empty text, or a broken message that must not be answered. */
    record Ignored(String reason) implements Single {}

    /** A JSON array, its elements read one by one. Only a 2025-03-26 session may send one. */
    record Batch(List<Single> elements) implements Decoded {
        public Batch {
            elements = List.copyOf(elements);
        }
    }
}
