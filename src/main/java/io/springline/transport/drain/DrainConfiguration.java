package io.springline.transport.drain;

import io.springline.dispatch.Dispatchers;
import io.springline.dispatch.task.RunningTasks;
import io.springline.resume.ResumableSessions;
import io.springline.session.RequestProperties;
import io.springline.transport.WebSocketProperties;
import io.springline.transport.handshake.ConnectionLimits;
import io.springline.transport.websocket.Connections;
import java.util.Objects;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(DrainProperties.class)
class DrainConfiguration {

    @Bean("springlineGracefulDrain")
    GracefulDrain gracefulDrain(
            Connections connections,
            ConnectionLimits limits,
            Dispatchers dispatchers,
            ResumableSessions resumable,
            ObjectProvider<DrainParticipant> others,
            DrainProperties properties) {
        return new GracefulDrain(
                connections,
                limits,
                dispatchers,
                resumable,
                others.orderedStream().toList(),
                properties);
    }

    @Bean("springlineTaskDrain")
    DrainParticipant taskDrain(RunningTasks tasks) {
        return new TaskDrain(tasks);
    }

    @Bean("springlineMaxAge")
    @ConditionalOnProperty("springline.websocket.max-age")
    MaxAge maxAge(
            Connections connections,
            Dispatchers dispatchers,
            WebSocketProperties properties,
            RequestProperties requests,
            DrainProperties drain) {
        return new MaxAge(
                connections,
                dispatchers,
                Objects.requireNonNull(properties.maxAge(), "maxAge"),
                requests.timeout(),
                drain.closeRate());
    }
}
