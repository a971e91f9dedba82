package io.springline.ops;

import io.micrometer.core.instrument.MeterRegistry;
import io.springline.auth.Authenticator;
import io.springline.cluster.Cluster;
import io.springline.ops.actuator.TrafficLog;
import io.springline.ops.console.ConsoleProperties;
import io.springline.ops.metrics.ClusterMetrics;
import io.springline.ops.metrics.McpMetrics;
import io.springline.ops.metrics.ToolCallMetrics;
import io.springline.ops.metrics.UpstreamMetrics;
import io.springline.relay.Upstreams;
import io.springline.resume.ResumableSessions;
import io.springline.session.RequestProperties;
import io.springline.session.SessionRegistry;
import io.springline.session.limit.ProcessorShares;
import io.springline.session.limit.UnreadMemory;
import io.springline.toolcall.approval.Approvals;
import io.springline.toolcall.limit.CallLimits;
import io.springline.transport.AllConnections;
import io.springline.transport.ConnectionDirectory;
import io.springline.transport.TransportStatistics;
import io.springline.transport.websocket.Connections;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.info.BuildProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Configures what operators use. The console's properties are bound even if it is disabled. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(ConsoleProperties.class)
class OpsConfiguration {

    @Bean("springlineStartSummary")
    StartSummary startSummary(
            Authenticator authenticator,
            Upstreams upstreams,
            ObjectProvider<Cluster> cluster,
            RequestProperties requests,
            ObjectProvider<BuildProperties> build) {
        return new StartSummary(
                authenticator,
                upstreams,
                cluster.getIfAvailable(),
                requests,
                build.getIfAvailable());
    }

    @Bean("springlineMcpMetrics")
    McpMetrics mcpMetrics(
            MeterRegistry registry,
            AllConnections connections,
            SessionRegistry sessions,
            ResumableSessions resumable,
            ProcessorShares shares,
            UnreadMemory unread,
            TransportStatistics transport) {
        return new McpMetrics(
                registry, connections, sessions, resumable, shares, unread, transport);
    }

    @Bean("springlineUpstreamMetrics")
    UpstreamMetrics upstreamMetrics(Upstreams upstreams) {
        return new UpstreamMetrics(upstreams);
    }

    @Bean("springlineToolCallMetrics")
    ToolCallMetrics toolCallMetrics(Approvals approvals, CallLimits limits) {
        return new ToolCallMetrics(approvals, limits);
    }

    @Bean("springlineTrafficLog")
    TrafficLog trafficLog(Connections connections) {
        return new TrafficLog(connections);
    }

    @Bean("springlineAllConnections")
    AllConnections allConnections(List<ConnectionDirectory> transports) {
        return new AllConnections(transports);
    }

    @Bean("springlineClusterMetrics")
    @ConditionalOnProperty("springline.cluster.redis.enabled")
    ClusterMetrics clusterMetrics(MeterRegistry registry, Cluster cluster) {
        return new ClusterMetrics(registry, cluster);
    }

    @Bean("springlineBuiltInTools")
    @Order(Ordered.LOWEST_PRECEDENCE)
    @ConditionalOnBooleanProperty("springline.features.built-in")
    BuiltInTools builtInTools(
            Connections connections,
            TransportStatistics transport,
            McpMetrics metrics,
            MeterRegistry registry) {
        return new BuiltInTools(connections, transport, metrics, registry);
    }
}
