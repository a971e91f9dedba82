package io.springline.test;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** An open connection of a test, over one transport. */
interface TestConnection extends AutoCloseable {

    /**
     * Sends a request, and blocks until its response has arrived.
     *
     * @return the result
     * @throws McpErrorException if the response is an error
     * @throws IllegalStateException if there is no response
     */
    JsonNode request(String method, ObjectNode params);

    void notify(String method);

    @Override
    void close();
}
