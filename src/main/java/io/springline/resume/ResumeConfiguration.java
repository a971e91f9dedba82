package io.springline.resume;

import io.springline.concurrent.SchedulerNames;
import io.springline.resume.store.LocalSessionStore;
import io.springline.resume.store.SessionStore;
import io.springline.session.SessionRegistry;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.Scheduled;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(SessionProperties.class)
class ResumeConfiguration {

    /** If the cluster is enabled, its configuration has this bean. */
    @Bean("springlineSessionStore")
    @ConditionalOnProperty(
            name = "springline.cluster.redis.enabled",
            havingValue = "false",
            matchIfMissing = true)
    SessionStore sessionStore() {
        return new LocalSessionStore();
    }

    @Bean("springlineResumableSessions")
    ResumableSessions resumableSessions(
            SessionRegistry sessions, SessionProperties properties, SessionStore store) {
        return new ResumableSessions(sessions, properties, store);
    }

    @Bean("springlineResumeSweeps")
    ResumeSweeps resumeSweeps(ResumableSessions sessions) {
        return new ResumeSweeps(sessions);
    }

    record ResumeSweeps(ResumableSessions sessions) {

        @Scheduled(fixedDelay = 200, scheduler = SchedulerNames.SPRINGLINE)
        void sweep() {
            sessions.sweep();
        }

        @Scheduled(fixedDelay = 1_000, scheduler = SchedulerNames.SPRINGLINE)
        void lookElsewhere() {
            sessions.lookElsewhere();
        }
    }
}
