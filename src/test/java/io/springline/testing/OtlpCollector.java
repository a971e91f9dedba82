package io.springline.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/** Takes spans over OTLP, as a collector does, and keeps them. */
public final class OtlpCollector implements AutoCloseable {

    /** A span, and which service sent it. */
    public record Sent(String service, Span span) {

        public String traceId() {
            return HexFormat.of().formatHex(span.getTraceId().toByteArray());
        }

        public String spanId() {
            return HexFormat.of().formatHex(span.getSpanId().toByteArray());
        }

        /** Empty for the first of a trace. */
        public String parentId() {
            return HexFormat.of().formatHex(span.getParentSpanId().toByteArray());
        }

        public Map<String, String> attributes() {
            return strings(span.getAttributesList());
        }
    }

    private final List<Sent> spans = new CopyOnWriteArrayList<>();
    private final HttpServer server;

    public OtlpCollector() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/traces", this::take);
        server.start();
    }

    /** What a service needs to be told to send all its spans here, and soon. */
    public String[] arguments() {
        return new String[] {
            "--springline.tracing.enabled=true",
            "--management.tracing.sampling.probability=1.0",
            "--management.opentelemetry.tracing.export.schedule-delay=50ms",
            "--management.opentelemetry.tracing.export.otlp.endpoint=http://127.0.0.1:%d/v1/traces"
                    .formatted(server.getAddress().getPort())
        };
    }

    private void take(HttpExchange exchange) throws IOException {
        try (exchange) {
            var request = ExportTraceServiceRequest.parseFrom(exchange.getRequestBody());
            request.getResourceSpansList()
                    .forEach(resource ->
                            resource.getScopeSpansList()
                                    .forEach(scope ->
                                            scope.getSpansList()
                                                    .forEach(span ->
                                                            keep(resource.getResource(), span))));
            exchange.sendResponseHeaders(200, -1);
        }
    }

    private void keep(Resource resource, Span span) {
        spans.add(
                new Sent(
                        strings(resource.getAttributesList()).getOrDefault("service.name", ""),
                        span));
    }

    private static Map<String, String> strings(List<KeyValue> attributes) {
        return attributes.stream()
                .collect(
                        Collectors.toMap(
                                KeyValue::getKey, each -> each.getValue().getStringValue()));
    }

    public List<Sent> spans() {
        return List.copyOf(spans);
    }

    /** Waits for a span. */
    public Sent await(Predicate<Sent> wanted) {
        Awaitility.await().until(() -> spans.stream().anyMatch(wanted));
        return spans.stream().filter(wanted).findFirst().orElseThrow();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
