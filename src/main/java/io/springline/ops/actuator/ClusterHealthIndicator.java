package io.springline.ops.actuator;

import io.springline.cluster.Cluster;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Reports the state of Redis in its details. Always up, and part of neither readiness nor liveness:
 * without Redis, this node continues to serve its sessions from memory, and a restart would lose
 * them.
 */
public final class ClusterHealthIndicator implements HealthIndicator {

    private final Cluster cluster;

    public ClusterHealthIndicator(Cluster cluster) {
        this.cluster = cluster;
    }

    @Override
    public Health health() {
        return Health.up()
                .withDetail("node", cluster.node())
                .withDetail("redis", cluster.state())
                .withDetail("interruptions", cluster.interruptions())
                .withDetail("sessionsBehind", cluster.behind())
                .withDetail("droppedMessages", cluster.dropped())
                .build();
    }
}
