package io.springline.relay.client;

import io.springline.jsonrpc.JsonRpcException;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an upstream may do while it works on a request of one client: all of it reaches that client
 * and nobody else.
 */
public interface ClientCallback {

    void progress(ObjectNode params);

    void log(ObjectNode params);

    /**
     * Asks the client.
     *
     * @throws JsonRpcException with what the upstream is to be told when no answer comes
     */
    ObjectNode ask(String method, ObjectNode params) throws InterruptedException;
}
