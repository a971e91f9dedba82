package io.springline.resume;

import io.springline.resume.store.LocalSessionStore;
import io.springline.resume.store.SessionStore;
import io.springline.session.SessionRegistry;
import java.time.Duration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.SchedulingConfigurer;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(SessionProperties.class)
class ResumeConfiguration {

    private static final Duration SWEEP_INTERVAL = Duration.ofMillis(200);
    private static final Duration ELSEWHERE_INTERVAL = Duration.ofSeconds(1);

    /** If the cluster is enabled, its configuration has this bean. */
    @Bean
    @ConditionalOnProperty(
            name = "springline.cluster.redis.enabled",
            havingValue = "false",
            matchIfMissing = true)
    SessionStore sessionStore() {
        return new LocalSessionStore();
    }

    @Bean
    ResumableSessions resumableSessions(
            SessionRegistry sessions, SessionProperties properties, SessionStore store) {
        return new ResumableSessions(sessions, properties, store);
    }

    @Bean
    SchedulingConfigurer resumeSweeps(ResumableSessions sessions) {
        return tasks -> {
            tasks.addFixedDelayTask(sessions::sweep, SWEEP_INTERVAL);
            tasks.addFixedDelayTask(sessions::lookElsewhere, ELSEWHERE_INTERVAL);
        };
    }
}
