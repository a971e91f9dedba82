package io.springline.feature;

import io.springline.jsonrpc.JsonRpcException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** A task that runs at another server. */
public interface RemoteTask {

    /** Returns the name of the server: that of an upstream. */
    String server();

    /** Returns the name that the task's tool has at the server. */
    String tool();

    /**
     * Sends a request about the task.
     *
     * @param method {@code tasks/get}, {@code tasks/update} or {@code tasks/cancel}
     * @param params without the id of the task
     * @return the result; for {@code tasks/get} the task under the client's id, in the shape of
     *     2026-07-28. Null if the server answers to {@code tasks/get} that it does not know the
     *     task
     * @throws JsonRpcException {@code -32603} if the server cannot be reached; else its error
     */
    @Nullable ObjectNode request(RequestContext context, String method, ObjectNode params)
            throws InterruptedException;
}
