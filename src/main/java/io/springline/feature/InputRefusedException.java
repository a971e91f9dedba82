package io.springline.feature;

/**
 * Thrown if the client did not provide the requested input: it does not support the request, it
 * refused, its answer is invalid, or it did not answer in time. If a handler does not catch it, a
 * tool call gets an {@code isError} result and other requests get error {@code -32603}; both
 * contain the message.
 */
public final class InputRefusedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public InputRefusedException(String message) {
        super(message, null, false, false);
    }
}
