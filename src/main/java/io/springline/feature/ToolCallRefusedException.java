package io.springline.feature;

/** Thrown to refuse a tool call. The client gets the message, in an {@code isError} result. */
public final class ToolCallRefusedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public ToolCallRefusedException(String message) {
        super(message, null, false, false);
    }
}
