package io.springline.dispatch;

import io.springline.feature.Features;
import io.springline.session.Backplane;
import io.springline.session.RequestProperties;
import io.springline.session.SessionRegistry;
import java.time.Clock;
import java.time.Duration;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.info.BuildProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.EnableScheduling;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(ServerProperties.class)
@EnableScheduling
class DispatchConfiguration {

    @Bean
    McpDispatcher mcpDispatcher(
            Features features,
            RequestProperties requests,
            ServerProperties server,
            ObjectProvider<BuildProperties> build,
            ObjectProvider<RequestObserver> observers) {
        RequestObserver observer = observers.getIfAvailable(() -> RequestObserver.NONE);
        return dispatcher(features, requests, serverInfo(server, build), observer);
    }

    /** The dispatcher with all its parts, so that tests can have it without a container. */
    static McpDispatcher dispatcher(
            Features features,
            RequestProperties requests,
            ServerInfo server,
            RequestObserver observer) {
        Duration inputTimeout = requests.inputTimeout();
        var states = new RequestStates(requests.stateKeys(), Clock.systemUTC(), inputTimeout);
        var shape = new WireShape(server);
        var answers = new Answers(shape, observer);
        var clientRequests = new ClientRequests(inputTimeout);
        var parked = new ParkedCalls(requests.maxParked(), inputTimeout, states, answers);
        return new McpDispatcher(
                features,
                new Lifecycle(server, features.instructions()),
                new Listening(shape),
                new InputRounds(states, parked, clientRequests),
                new Questions(clientRequests, parked),
                answers,
                observer);
    }

    @Bean
    RequestTimeouts requestTimeouts(SessionRegistry sessions, RequestProperties requests) {
        return new RequestTimeouts(sessions, requests.timeout());
    }

    @Bean
    ChangeNotifier changeNotifier(SessionRegistry sessions, Backplane backplane) {
        var notifier = new ChangeNotifier(sessions);
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
