package io.springline.ops.tracing;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.ReceiverContext;
import io.springline.dispatch.call.Call;
import io.springline.dispatch.call.RequestObserver.Outcome;
import io.springline.dispatch.call.RequestTracer;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.RequestId;
import io.springline.session.Connection;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Records a span for each client request, as a child of the trace context in its {@code _meta}. */
final class RequestSpans implements RequestTracer {

    static final String NAME = "mcp.server.operation";

    private final ObservationRegistry registry;

    RequestSpans(ObservationRegistry registry) {
        this.registry = registry;
    }

    @Override
    public Trace begin(Call call, RequestId id, @Nullable String target) {
        var context = new ReceiverContext<ObjectNode>(TraceContext::read, Kind.SERVER);
        context.setCarrier(call.meta());
        String method = call.method().wireName();
        Connection connection = call.session().connection();
        Observation span =
                Observation.createNotStarted(NAME, () -> context, registry)
                        .contextualName(target == null ? method : method + " " + target)
                        .lowCardinalityKeyValue("mcp.protocol.version", call.version().wireName())
                        .lowCardinalityKeyValue("network.transport", "tcp")
                        .lowCardinalityKeyValue(
                                "network.protocol.name", connection.transport().label())
                        .highCardinalityKeyValue("mcp.session.id", connection.id())
                        .highCardinalityKeyValue(
                                "jsonrpc.request.id", McpSpan.cut(id.toJson().asString()));
        McpSpan.describe(span, method, call.params());
        return new Followed(span.start());
    }

    private record Followed(Observation span, AtomicBoolean over) implements Trace {

        Followed(Observation span) {
            this(span, new AtomicBoolean());
        }

        @Override
        public void during(Runnable service) {
            span.scoped(service);
        }

        @Override
        public void ended(Outcome outcome, @Nullable JsonRpcError error) {
            if (over.getAndSet(true)) {
                return;
            }
            switch (outcome) {
                case ERROR -> {
                    if (error != null) {
                        McpSpan.failed(span, error);
                    }
                }
                case TOOL_ERROR -> McpSpan.failed(span, "tool_error");
                case CANCELLED -> McpSpan.failed(span, outcome.name().toLowerCase(Locale.ROOT));
                case RESULT, INPUT_REQUIRED -> {}
            }
            span.stop();
        }
    }
}
