package io.springline.relay.upstream;

import java.net.URI;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Traces calls to upstreams. There is an instance only if tracing is on. */
public interface UpstreamTracer {

    /**
     * Starts the trace of a call before it is sent, on the thread that serves the client's request.
     *
     * @param upstream its configured name
     * @param url its URL, or null for a process
     * @param params as sent, without {@code _meta}; must not be changed
     * @param meta as sent; the tracer adds the trace context
     */
    Trace begin(
            String upstream, @Nullable URI url, String method, ObjectNode params, ObjectNode meta);

    /** The trace of one call. Exactly one of its methods is called. */
    interface Trace {

        void answered(JsonNode result);

        void failed(Throwable failure);
    }
}
