package io.springline.ops;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.springline.feature.FeatureSource;
import io.springline.feature.RequestContext;
import io.springline.feature.Tool;
import io.springline.feature.result.ToolOutcome;
import io.springline.feature.result.ToolResult;
import io.springline.ops.metrics.McpMetrics;
import io.springline.transport.TransportStatistics;
import io.springline.transport.websocket.Connections;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The built-in tools: {@code echo}, {@code system_info}, {@code system_health} and {@code
 * system_metrics}. They contain only data that every client may see.
 */
final class BuiltInTools implements FeatureSource {

    private static final String OBJECT = "{\"type\":\"object\"}";

    private final Connections connections;
    private final TransportStatistics transport;
    private final McpMetrics metrics;
    private final MeterRegistry registry;

    BuiltInTools(
            Connections connections,
            TransportStatistics transport,
            McpMetrics metrics,
            MeterRegistry registry) {
        this.connections = connections;
        this.transport = transport;
        this.metrics = metrics;
        this.registry = registry;
    }

    @Override
    public List<Tool> tools() {
        return List.of(
                echo(),
                system(
                        "system_info",
                        "Returns the Java version, processors and memory of this server",
                        this::info),
                system(
                        "system_health",
                        "Returns the status and the message counters of this server",
                        this::health),
                system("system_metrics", "Returns the metrics of this server", this::metrics));
    }

    private static Tool echo() {
        return Tool.named("echo")
                .title("Echo")
                .description("Returns the given message")
                .inputSchema(
                        """
                        {"type":"object",
                         "properties":{"message":{"type":"string","description":"The text to return"}},
                         "required":["message"]}\
                        """)
                .readOnly()
                .idempotent()
                .nonBlocking()
                .handler(BuiltInTools::echo);
    }

    private static ToolOutcome echo(RequestContext context, ObjectNode arguments) {
        return ToolResult.text("Echo: " + arguments.get("message").stringValue());
    }

    private static Tool system(String name, String description, Supplier<ObjectNode> content) {
        return Tool.named(name)
                .description(description)
                .inputSchema("{\"type\":\"object\",\"additionalProperties\":false}")
                .outputSchema(OBJECT)
                .readOnly()
                .handler((_, _) -> ToolResult.structured(content.get()));
    }

    private ObjectNode info() {
        Runtime runtime = Runtime.getRuntime();
        ObjectNode info = JsonNodeFactory.instance.objectNode();
        info.put("java", Runtime.version().toString());
        info.put("processors", runtime.availableProcessors());
        info.put("usedMemoryBytes", runtime.totalMemory() - runtime.freeMemory());
        info.put("maxMemoryBytes", runtime.maxMemory());
        info.put("uptimeSeconds", uptime().toSeconds());
        return info;
    }

    private ObjectNode health() {
        ObjectNode health = JsonNodeFactory.instance.objectNode();
        health.put("status", "UP");
        health.put("messagesReceived", transport.messagesReceived());
        health.put("messagesSent", transport.messagesSent());
        health.put("errors", metrics.errors());
        health.put("activeConnections", connections.count());
        health.put("totalConnections", transport.totalConnections());
        return health;
    }

    /** Returns the meters {@code springline.*}. Those of the JVM are for operators only. */
    private ObjectNode metrics() {
        ObjectNode meters = JsonNodeFactory.instance.objectNode();
        for (Meter meter : registry.getMeters()) {
            String name = meter.getId().getName();
            if (name.startsWith("springline.")) {
                meter.measure()
                        .forEach(measurement -> {
                            String key =
                                    name
                                            + "."
                                            + measurement
                                                    .getStatistic()
                                                    .getTagValueRepresentation();
                            meters.put(key, meters.path(key).asDouble(0) + measurement.getValue());
                        });
            }
        }
        return meters;
    }

    private static Duration uptime() {
        return Duration.ofMillis(ManagementFactory.getRuntimeMXBean().getUptime());
    }
}
