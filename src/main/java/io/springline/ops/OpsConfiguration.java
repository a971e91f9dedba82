package io.springline.ops;

import io.micrometer.core.instrument.MeterRegistry;
import io.springline.auth.Authenticator;
import io.springline.auth.UrlTokens;
import io.springline.cluster.Cluster;
import io.springline.ops.actuator.AttachedEndpoint;
import io.springline.ops.actuator.CapacityHealthIndicator;
import io.springline.ops.actuator.ClusterHealthIndicator;
import io.springline.ops.actuator.ConnectionsEndpoint;
import io.springline.ops.actuator.DrainEndpoint;
import io.springline.ops.actuator.McpHealthIndicator;
import io.springline.ops.actuator.NodeConnections;
import io.springline.ops.actuator.SchedulerHealthIndicator;
import io.springline.ops.actuator.TrafficLog;
import io.springline.ops.actuator.UpstreamsEndpoint;
import io.springline.ops.actuator.UpstreamsHealthIndicator;
import io.springline.ops.actuator.UrlTokensEndpoint;
import io.springline.ops.console.ConsoleProperties;
import io.springline.ops.metrics.ClusterMetrics;
import io.springline.ops.metrics.LogEvents;
import io.springline.ops.metrics.McpMetrics;
import io.springline.ops.metrics.UpstreamMetrics;
import io.springline.relay.AttachedUpstreams;
import io.springline.relay.Upstreams;
import io.springline.resume.ResumableSessions;
import io.springline.resume.store.SessionStore;
import io.springline.session.Backplane;
import io.springline.session.SessionRegistry;
import io.springline.session.limit.ProcessorShares;
import io.springline.session.limit.UnreadMemory;
import io.springline.transport.AllConnections;
import io.springline.transport.ConnectionDirectory;
import io.springline.transport.TransportStatistics;
import io.springline.transport.drain.GracefulDrain;
import io.springline.transport.handshake.AdmissionControl;
import io.springline.transport.websocket.Connections;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.info.BuildProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.ServerResponse;
import tools.jackson.databind.json.JsonMapper;

/** Configures what operators use. The console's properties are bound even if it is disabled. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(ConsoleProperties.class)
class OpsConfiguration {

    @Bean
    StartSummary startSummary(
            Authenticator authenticator,
            Upstreams upstreams,
            ObjectProvider<Cluster> cluster,
            ObjectProvider<BuildProperties> build) {
        return new StartSummary(
                authenticator, upstreams, cluster.getIfAvailable(), build.getIfAvailable());
    }

    @Bean
    RouterFunction<ServerResponse> rootPage(Environment environment, ConsoleProperties console) {
        return new RootPage(
                        environment.getProperty("springline.websocket.path", "/mcp"),
                        environment.getProperty("springline.http.enabled", Boolean.class, true),
                        console.enabled())
                .route();
    }

    @Bean
    McpMetrics mcpMetrics(
            MeterRegistry registry,
            Connections connections,
            SessionRegistry sessions,
            ResumableSessions resumable,
            ProcessorShares shares,
            UnreadMemory unread,
            TransportStatistics transport) {
        return new McpMetrics(
                registry, connections, sessions, resumable, shares, unread, transport);
    }

    @Bean(initMethod = "open", destroyMethod = "close")
    LogEvents logEvents(MeterRegistry registry) {
        return new LogEvents(registry);
    }

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
    DrainEndpoint drainEndpoint(GracefulDrain drain) {
        return new DrainEndpoint(drain);
    }

    @Bean
    UpstreamsHealthIndicator upstreamsHealthIndicator(Upstreams upstreams) {
        return new UpstreamsHealthIndicator(upstreams);
    }

    @Bean
    UrlTokensEndpoint urlTokensEndpoint(UrlTokens tokens) {
        return new UrlTokensEndpoint(tokens);
    }

    @Bean
    AttachedEndpoint attachedEndpoint(ObjectProvider<AttachedUpstreams> servers) {
        return new AttachedEndpoint(servers.getIfAvailable());
    }

    @Bean
    UpstreamsEndpoint upstreamsEndpoint(Upstreams upstreams) {
        return new UpstreamsEndpoint(upstreams);
    }

    @Bean
    UpstreamMetrics upstreamMetrics(Upstreams upstreams) {
        return new UpstreamMetrics(upstreams);
    }

    @Bean
    TrafficLog trafficLog(Connections connections) {
        return new TrafficLog(connections);
    }

    @Bean
    AllConnections allConnections(List<ConnectionDirectory> transports) {
        return new AllConnections(transports);
    }

    @Bean
    ConnectionsEndpoint connectionsEndpoint(
            AllConnections connections,
            SessionRegistry sessions,
            SessionStore store,
            Backplane backplane,
            JsonMapper json,
            TrafficLog traffic) {
        return new ConnectionsEndpoint(
                new NodeConnections(connections, sessions, store, backplane, json), traffic);
    }

    @Bean
    @ConditionalOnProperty("springline.cluster.redis.enabled")
    ClusterHealthIndicator clusterHealthIndicator(Cluster cluster) {
        return new ClusterHealthIndicator(cluster);
    }

    @Bean
    @ConditionalOnProperty("springline.cluster.redis.enabled")
    ClusterMetrics clusterMetrics(MeterRegistry registry, Cluster cluster) {
        return new ClusterMetrics(registry, cluster);
    }

    @Bean
    @Order(Ordered.LOWEST_PRECEDENCE)
    @ConditionalOnProperty(name = "springline.features.built-in", matchIfMissing = true)
    BuiltInTools builtInTools(
            Connections connections,
            TransportStatistics transport,
            McpMetrics metrics,
            MeterRegistry registry) {
        return new BuiltInTools(connections, transport, metrics, registry);
    }
}
