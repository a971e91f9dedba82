package io.springline.relay;

import java.net.URI;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Follows the calls of clients on their way to upstreams. There is none unless somebody looks at
 * traces.
 */
public interface UpstreamTracer {

    /**
     * A call is about to be sent, on the thread that serves the client's request.
     *
     * @param upstream its configured name
     * @param url where it is, or null for a process
     * @param params as they are sent, but for {@code _meta}; not to be changed
     * @param meta as it is sent; the trace context is put in
     */
    Trace begin(
            String upstream, @Nullable URI url, String method, ObjectNode params, ObjectNode meta);

    /** One call, ended by exactly one of these. */
    interface Trace {

        void answered(JsonNode result);

        void failed(Throwable failure);
    }
}
