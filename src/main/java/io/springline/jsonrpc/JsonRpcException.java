package io.springline.jsonrpc;

/**
 * A protocol outcome: the request ends with this error, sent to the peer as it is. Not a fault of
 * ours, so it carries no stack trace.
 */
public final class JsonRpcException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient JsonRpcError error;

    public JsonRpcException(JsonRpcError error) {
        super(error.message(), null, false, false);
        this.error = error;
    }

    public JsonRpcError error() {
        return error;
    }
}
