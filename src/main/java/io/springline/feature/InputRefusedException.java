package io.springline.feature;

/**
 * The client did not provide the input that it was asked for: it cannot, it refused, its answer
 * does not fit, or it took too long. Uncaught, it ends a tool call with an {@code isError} result
 * and other requests with {@code -32603}; the message reaches the peer.
 */
public final class InputRefusedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public InputRefusedException(String message) {
        super(message, null, false, false);
    }
}
