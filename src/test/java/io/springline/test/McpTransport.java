package io.springline.test;

/** The way in which a test reaches the endpoint. */
public enum McpTransport {
    WEBSOCKET,
    /** Streamable HTTP with a session. */
    HTTP
}
