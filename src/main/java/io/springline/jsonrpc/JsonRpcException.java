package io.springline.jsonrpc;

/**
 * Ends a request with an error that is sent to the peer unchanged. It has no stack trace, because
 * it is not a failure of the server.
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
