package io.springline.test;

/** The server's error response to a request. */
public final class McpErrorException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final int code;

    McpErrorException(int code, String message) {
        super(message);
        this.code = code;
    }

    /** Returns the code of JSON-RPC or MCP, for example -32602 for invalid parameters. */
    public int code() {
        return code;
    }
}
