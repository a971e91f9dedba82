package io.springline.ops;

import io.micrometer.core.instrument.MeterRegistry;
import io.springline.ops.actuator.ReloadEndpoint;
import io.springline.ops.actuator.ReloadHealthIndicator;
import io.springline.ops.actuator.ReplicaReload;
import io.springline.ops.console.ConsoleProperties;
import io.springline.ops.metrics.LogEvents;
import io.springline.reload.ConfigurationReload;
import io.springline.resume.store.SessionStore;
import io.springline.session.Backplane;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.ServerResponse;

/** Configures the start page of the service, and the meters of its log. */
@Configuration(proxyBeanMethods = false)
class ServiceConfiguration {

    @Bean
    RouterFunction<ServerResponse> rootPage(Environment environment, ConsoleProperties console) {
        return new RootPage(
                        environment.getProperty("springline.websocket.path", "/mcp"),
                        environment.getProperty("springline.http.enabled", Boolean.class, true),
                        console.enabled())
                .route();
    }

    @Bean(initMethod = "open", destroyMethod = "close")
    LogEvents logEvents(MeterRegistry registry) {
        return new LogEvents(registry);
    }

    @Bean
    ReplicaReload replicaReload(
            ConfigurationReload reload, Backplane backplane, SessionStore store) {
        return new ReplicaReload(reload, backplane, store.node());
    }

    @Bean
    ReloadEndpoint reloadEndpoint(ConfigurationReload reload, ReplicaReload replicas) {
        return new ReloadEndpoint(reload, replicas);
    }

    @Bean
    ReloadHealthIndicator reloadHealthIndicator(ConfigurationReload reload) {
        return new ReloadHealthIndicator(reload);
    }
}
