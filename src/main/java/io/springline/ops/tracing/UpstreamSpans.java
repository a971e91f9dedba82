package io.springline.ops.tracing;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.SenderContext;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.relay.upstream.UpstreamTracer;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Records a span for each call to an upstream, as a child of the span of the client request, and
 * passes the trace context to the upstream. The call's JSON-RPC id is not recorded: it is also the
 * progress token, which is a secret.
 */
final class UpstreamSpans implements UpstreamTracer {

    static final String NAME = "mcp.client.operation";

    private final ObservationRegistry registry;

    UpstreamSpans(ObservationRegistry registry) {
        this.registry = registry;
    }

    @Override
    public Trace begin(
            String upstream, @Nullable URI url, String method, ObjectNode params, ObjectNode meta) {
        TraceContext.clear(meta);
        var context = new SenderContext<ObjectNode>(TraceContext::write, Kind.CLIENT);
        context.setCarrier(meta);
        context.setRemoteServiceName(upstream);
        // low cardinality: only names from the upstream's lists are called
        String target = params.path("name").asString("");
        Observation span =
                Observation.createNotStarted(NAME, () -> context, registry)
                        .contextualName(target.isEmpty() ? method : method + " " + target)
                        .lowCardinalityKeyValue("springline.upstream", upstream);
        McpSpan.describe(span, method, params);
        if (url == null) {
            span.lowCardinalityKeyValue("network.transport", "pipe");
        } else {
            span.lowCardinalityKeyValue("network.transport", "tcp");
            span.lowCardinalityKeyValue("network.protocol.name", "http");
            span.lowCardinalityKeyValue("server.address", url.getHost());
            span.lowCardinalityKeyValue("server.port", Integer.toString(port(url)));
        }
        return new Followed(span.start());
    }

    private static int port(URI url) {
        if (url.getPort() >= 0) {
            return url.getPort();
        }
        return "https".equals(url.getScheme()) ? 443 : 80;
    }

    private record Followed(Observation span) implements Trace {

        @Override
        public void answered(JsonNode result) {
            if (result.path("isError").asBoolean(false)) {
                McpSpan.failed(span, "tool_error");
            }
            span.stop();
        }

        @Override
        public void failed(Throwable failure) {
            switch (failure) {
                case JsonRpcException e -> McpSpan.failed(span, e.error());
                case InterruptedException _ -> McpSpan.failed(span, "cancelled");
                default -> McpSpan.failed(span, failure.getClass().getName(), failure.getMessage());
            }
            span.stop();
        }
    }
}
