package io.springline.resume;

import io.springline.resume.store.LocalSessionStore;
import io.springline.resume.store.SessionStore;
import io.springline.session.SessionRegistry;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

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

    @Bean
    ResumableSessions resumableSessions(
            SessionRegistry sessions, SessionProperties properties, SessionStore store) {
        return new ResumableSessions(sessions, properties, store);
    }
}
