package io.springline.ops.actuator;

import io.springline.ops.metrics.McpMetrics;
import io.springline.transport.TransportStatistics;
import io.springline.transport.websocket.Connections;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Adds five counters of messages, errors and connections to {@code /actuator/health}. Always up:
 * the transport has no state in which it is down.
 */
public final class McpHealthIndicator implements HealthIndicator {

    private final Connections connections;
    private final TransportStatistics transport;
    private final McpMetrics metrics;

    public McpHealthIndicator(
            Connections connections, TransportStatistics transport, McpMetrics metrics) {
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
