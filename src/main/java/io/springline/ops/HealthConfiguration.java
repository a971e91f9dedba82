package io.springline.ops;

import io.springline.cluster.Cluster;
import io.springline.ops.actuator.CapacityHealthIndicator;
import io.springline.ops.actuator.ClusterHealthIndicator;
import io.springline.ops.actuator.McpHealthIndicator;
import io.springline.ops.actuator.SchedulerHealthIndicator;
import io.springline.ops.actuator.UpstreamsHealthIndicator;
import io.springline.ops.metrics.McpMetrics;
import io.springline.relay.Upstreams;
import io.springline.session.limit.ProcessorShares;
import io.springline.session.limit.UnreadMemory;
import io.springline.transport.AdmissionControl;
import io.springline.transport.TransportStatistics;
import io.springline.transport.drain.GracefulDrain;
import io.springline.transport.websocket.Connections;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Adds to the health of the application. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(HealthIndicator.class)
class HealthConfiguration {

    @Bean
    McpHealthIndicator mcpHealthIndicator(
            Connections connections, TransportStatistics transport, McpMetrics metrics) {
        return new McpHealthIndicator(connections, transport, metrics);
    }

    @Bean
    CapacityHealthIndicator capacityHealthIndicator(
            AdmissionControl admissions,
            GracefulDrain drain,
            ProcessorShares shares,
            UnreadMemory unread) {
        return new CapacityHealthIndicator(admissions, drain, shares, unread);
    }

    @Bean
    SchedulerHealthIndicator schedulerHealthIndicator() {
        return new SchedulerHealthIndicator(System::nanoTime);
    }

    @Bean
    UpstreamsHealthIndicator upstreamsHealthIndicator(Upstreams upstreams) {
        return new UpstreamsHealthIndicator(upstreams);
    }

    @Bean
    @ConditionalOnProperty("springline.cluster.redis.enabled")
    ClusterHealthIndicator clusterHealthIndicator(Cluster cluster) {
        return new ClusterHealthIndicator(cluster);
    }
}
