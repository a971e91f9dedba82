package io.springline.relay.client;

import io.springline.jsonrpc.JsonRpcException;
import tools.jackson.databind.node.ObjectNode;

/**
 * Callbacks to the client whose request an upstream is working on.
 *
 * <p>{@link #progress} and {@link #log} are called on the transport's reader thread; {@link #ask}
 * on a virtual thread of its own.
 */
public interface ClientCallback {

    /** Sends a progress notification to the client. */
    void progress(ObjectNode params);

    /** Sends a log message to the client. */
    void log(ObjectNode params);

    /**
     * Sends a request to the client and blocks until its result arrives.
     *
     * @throws JsonRpcException if there is no result; its error is the response to the upstream
     * @throws InterruptedException if the call ends or the upstream cancels its request
     */
    ObjectNode ask(String method, ObjectNode params) throws InterruptedException;
}
