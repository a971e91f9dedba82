package io.springline.ops;

import io.springline.websocket.Connections;
import io.springline.websocket.TransportStatistics;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * The transport's five counters as details of {@code /actuator/health}. Always up: it has no parts
 * that fail.
 */
final class McpHealthIndicator implements HealthIndicator {

    private final Connections connections;
    private final TransportStatistics transport;
    private final McpMetrics metrics;

    McpHealthIndicator(Connections connections, TransportStatistics transport, McpMetrics metrics) {
        this.connections = connections;
        this.transport = transport;
        this.metrics = metrics;
    }

    @Override
    public Health health() {
        return Health.up()
                .withDetail("messagesReceived", transport.messagesReceived())
                .withDetail("messagesSent", transport.messagesSent())
                .withDetail("errors", metrics.errors())
                .withDetail("activeConnections", connections.count())
                .withDetail("totalConnections", transport.totalConnections())
                .build();
    }
}
