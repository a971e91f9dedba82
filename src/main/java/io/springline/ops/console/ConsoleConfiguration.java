package io.springline.ops.console;

import io.springline.auth.Authenticator;
import io.springline.auth.Tickets;
import io.springline.dispatch.Dispatchers;
import io.springline.dispatch.task.RunningTasks;
import io.springline.feature.task.Tasks;
import io.springline.ops.actuator.ConnectionList;
import io.springline.ops.actuator.ReplicaReload;
import io.springline.ops.actuator.TrafficLog;
import io.springline.ops.metrics.McpMetrics;
import io.springline.relay.AttachedUpstreams;
import io.springline.relay.Upstreams;
import io.springline.reload.ConfigurationReload;
import io.springline.resume.ResumableSessions;
import io.springline.session.SessionRegistry;
import io.springline.transport.AdmissionControl;
import io.springline.transport.AllConnections;
import io.springline.transport.EndpointPaths;
import io.springline.transport.TransportStatistics;
import io.springline.transport.drain.DrainState;
import io.springline.transport.drain.GracefulDrain;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.info.BuildProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.ServerResponse;

/** Configures the console. If it is disabled, none of its beans exist, and nothing is recorded. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBooleanProperty("springline.console.enabled")
class ConsoleConfiguration {

    @Bean("springlineHistory")
    History history(AllConnections connections, TransportStatistics transport, McpMetrics metrics) {
        return new History(connections, transport, metrics);
    }

    @Bean(name = "springlineRecentErrors", initMethod = "open", destroyMethod = "close")
    RecentErrors recentErrors() {
        return new RecentErrors();
    }

    @Bean("springlineTaskList")
    TaskList taskList(RunningTasks running, Tasks tasks) {
        return new TaskList(running, tasks);
    }

    @Bean("springlineEndpointList")
    EndpointList endpointList(Dispatchers dispatchers, Upstreams upstreams, EndpointPaths paths) {
        return new EndpointList(dispatchers, upstreams, paths);
    }

    /** An application that embeds Springline reads its own configuration. */
    @Bean("springlineEndpointRoutes")
    EndpointRoutes endpointRoutes(
            EndpointList list,
            Dispatchers dispatchers,
            EndpointPaths paths,
            ObjectProvider<ConfigurationReload> reload,
            ObjectProvider<ReplicaReload> replicas) {
        ConfigurationReload found = reload.getIfAvailable();
        return new EndpointRoutes(
                list,
                found == null
                        ? null
                        : new ConfigurationStatus(found, replicas.getObject(), dispatchers, paths));
    }

    @Bean("springlineConsoleRoutes")
    ConsoleRoutes consoleRoutes(
            ConsoleOverview overview,
            AllConnections connections,
            TrafficLog traffic,
            Upstreams upstreams,
            TaskList tasks,
            EndpointRoutes endpoints,
            ObjectProvider<AttachedUpstreams> attached) {
        return new ConsoleRoutes(
                overview,
                new ConnectionList(connections),
                connections,
                traffic,
                upstreams,
                tasks,
                endpoints,
                attached.getIfAvailable());
    }

    @Bean("springlineConsoleOverview")
    ConsoleOverview consoleOverview(
            EndpointPaths endpoints,
            ObjectProvider<BuildProperties> build,
            Authenticator authenticator,
            Tickets tickets,
            AllConnections connections,
            TransportStatistics transport,
            SessionRegistry sessions,
            ResumableSessions resumable,
            Upstreams upstreams,
            TaskList tasks,
            AdmissionControl admissions,
            GracefulDrain drain,
            History history,
            RecentErrors errors) {
        BuildProperties built = build.getIfAvailable();
        String version = built == null ? null : built.getVersion();
        return new ConsoleOverview(
                () ->
                        ConsoleOverview.service(
                                version == null ? "development" : version,
                                endpoints,
                                authenticator,
                                tickets),
                connections,
                transport,
                sessions,
                resumable,
                upstreams,
                tasks,
                () -> drain.state() == DrainState.SERVING && admissions.areOpen(),
                history,
                errors);
    }

    @Bean("springlineConsole")
    RouterFunction<ServerResponse> console(ConsoleRoutes routes) {
        return routes.routes();
    }
}
