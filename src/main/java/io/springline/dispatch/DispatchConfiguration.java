package io.springline.dispatch;

import io.springline.auth.Authenticator;
import io.springline.auth.access.AccessRules;
import io.springline.concurrent.SchedulerNames;
import io.springline.dispatch.call.CallMemory;
import io.springline.dispatch.call.ClientInput;
import io.springline.dispatch.call.ClientRequests;
import io.springline.dispatch.call.MultiRoundTrip;
import io.springline.dispatch.call.ParkedCalls;
import io.springline.dispatch.call.RequestObserver;
import io.springline.dispatch.call.RequestStates;
import io.springline.dispatch.call.RequestTimeouts;
import io.springline.dispatch.call.RequestTracer;
import io.springline.dispatch.call.ResponseWriter;
import io.springline.dispatch.shape.ServerInfo;
import io.springline.dispatch.shape.WireShape;
import io.springline.dispatch.task.LegacyTaskMethods;
import io.springline.dispatch.task.RunningTasks;
import io.springline.dispatch.task.TaskCalls;
import io.springline.dispatch.task.TaskMethods;
import io.springline.dispatch.task.TaskSubscriptions;
import io.springline.dispatch.task.TaskWaits;
import io.springline.feature.endpoint.EndpointSource;
import io.springline.feature.endpoint.Features;
import io.springline.feature.task.Tasks;
import io.springline.session.Backplane;
import io.springline.session.McpSession;
import io.springline.session.RequestProperties;
import io.springline.session.SessionRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.info.BuildProperties;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.Scheduled;

/** Wires the dispatchers, one per endpoint, and the parts that they share. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(ServerProperties.class)
class DispatchConfiguration {

    @Bean("springlineAuthenticationGuard")
    AuthenticationGuard authenticationGuard(Authenticator authenticator) {
        return new AuthenticationGuard(authenticator);
    }

    @Bean("springlineEndpoints")
    Endpoints endpoints(Features features, ObjectProvider<EndpointSource> sources) {
        var byName = new HashMap<String, Features>();
        byName.put(McpSession.MAIN_ENDPOINT, features);
        sources.orderedStream().forEach(source -> byName.putAll(source.endpoints()));
        var endpoints = new Endpoints(byName);
        sources.orderedStream().forEach(source -> source.onAdded(endpoints::add));
        return endpoints;
    }

    @Bean("springlineAuthorizationGuard")
    AuthorizationGuard authorizationGuard(AccessRules rules, Endpoints endpoints) {
        rules.onChange(kinds ->
                endpoints.names().forEach(name -> announce(endpoints.features(name), kinds)));
        return new AuthorizationGuard(rules, endpoints);
    }

    /** Access rules decide what each client sees in the lists. */
    private static void announce(Features features, Set<AccessRules.Kind> kinds) {
        for (AccessRules.Kind kind : kinds) {
            switch (kind) {
                case TOOL -> features.tools().announceChangeHere();
                case PROMPT -> features.prompts().announceChangeHere();
                case RESOURCE -> features.resources().announceChangeHere();
            }
        }
    }

    @Bean("springlineDispatchers")
    Dispatchers dispatchers(
            Endpoints endpoints,
            RequestProperties requests,
            SessionExtension extension,
            ServerProperties server,
            AuthenticationGuard authentication,
            AuthorizationGuard access,
            ChangeNotifier notifier,
            ObjectProvider<BuildProperties> build,
            ObjectProvider<RequestObserver> observers,
            ObjectProvider<RequestTracer> tracers,
            Tasks tasks,
            RunningTasks runningTasks,
            TaskSubscriptions taskSubscriptions,
            TaskWaits taskWaits) {
        RequestObserver observer = RequestObserver.all(observers.orderedStream().toList());
        return new Dispatchers(
                endpoints,
                access,
                dispatcherFor(
                        requests,
                        extension,
                        serverInfo(server, build),
                        authentication,
                        access,
                        notifier,
                        observer,
                        tracers.getIfAvailable(),
                        tasks,
                        runningTasks,
                        taskSubscriptions,
                        taskWaits));
    }

    @Bean("springlineMcpDispatcher")
    McpDispatcher mcpDispatcher(Dispatchers dispatchers) {
        return dispatchers.main();
    }

    /** Returns a factory of dispatchers. They share everything that is limited per node. */
    static Function<Features, McpDispatcher> dispatcherFor(
            RequestProperties requests,
            SessionExtension extension,
            ServerInfo server,
            AuthenticationGuard authentication,
            AuthorizationGuard access,
            ChangeNotifier notifier,
            RequestObserver observer,
            @Nullable RequestTracer tracer,
            Tasks tasks,
            RunningTasks runningTasks,
            TaskSubscriptions taskSubscriptions,
            TaskWaits taskWaits) {
        Duration inputTimeout = requests.inputTimeout();
        var states = new RequestStates(requests.stateKeys(), Clock.systemUTC(), inputTimeout);
        var shape = new WireShape(server);
        var responseWriter = new ResponseWriter(shape, observer);
        var clientRequests = new ClientRequests(inputTimeout);
        var parked = new ParkedCalls(requests.maxParked(), inputTimeout, states, responseWriter);
        var subscriptions = new SubscriptionHandler(shape, taskSubscriptions);
        var multiRoundTrip = new MultiRoundTrip(states, parked, clientRequests);
        var taskCalls =
                new TaskCalls(
                        tasks,
                        runningTasks,
                        taskSubscriptions,
                        multiRoundTrip,
                        responseWriter,
                        ErrorMapper::map);
        var taskMethods = new TaskMethods(tasks, access);
        var clientInput = new ClientInput(clientRequests, parked);
        var legacyTaskMethods = new LegacyTaskMethods(tasks, access, taskWaits, clientInput);
        var callMemory = new CallMemory(requests.callMemory());
        return features ->
                new McpDispatcher(
                        callMemory,
                        authentication,
                        extension,
                        new Methods(
                                features,
                                access,
                                new Lifecycle(server, features, access),
                                subscriptions,
                                multiRoundTrip,
                                taskCalls,
                                taskMethods,
                                legacyTaskMethods,
                                tasks.limits()),
                        clientInput,
                        responseWriter,
                        observer,
                        notifier,
                        tracer);
    }

    @Bean("springlineOverdueRequests")
    OverdueRequests overdueRequests(SessionRegistry sessions, RequestProperties requests) {
        return new OverdueRequests(new RequestTimeouts(sessions, requests.timeout()));
    }

    record OverdueRequests(RequestTimeouts timeouts) {

        @Scheduled(fixedDelay = 1_000, scheduler = SchedulerNames.SPRINGLINE)
        void sweep() {
            timeouts.sweep();
        }
    }

    /**
     * Logs features that no access rule matches: at the start, and whenever a list of the main
     * endpoint changes, since upstreams may connect later.
     */
    @Bean("springlineRuleCoverage")
    ApplicationListener<ApplicationReadyEvent> ruleCoverage(
            AuthorizationGuard access, Features features, Backplane backplane) {
        var coverage = new RuleCoverage(access, features);
        return _ -> {
            backplane.subscribe((endpoint, topic) -> {
                if (endpoint.equals(McpSession.MAIN_ENDPOINT)
                        && ChangeNotifier.isListChange(topic)) {
                    coverage.check();
                }
            });
            coverage.check();
        };
    }

    @Bean("springlineChangeNotifier")
    ChangeNotifier changeNotifier(
            SessionRegistry sessions, Backplane backplane, AuthorizationGuard access) {
        var notifier = new ChangeNotifier(sessions, access);
        backplane.subscribe(notifier::on);
        return notifier;
    }

    private static ServerInfo serverInfo(
            ServerProperties server, ObjectProvider<BuildProperties> build) {
        BuildProperties built = build.getIfAvailable();
        String builtVersion = built == null ? null : built.getVersion();
        String version = server.version() == null ? builtVersion : server.version();
        return new ServerInfo(
                server.name(), server.title(), version == null ? "development" : version);
    }
}
