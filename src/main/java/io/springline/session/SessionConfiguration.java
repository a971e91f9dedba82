package io.springline.session;

import io.springline.resume.LocalSessionStore;
import io.springline.resume.ResumableSessions;
import io.springline.resume.SessionProperties;
import io.springline.resume.SessionStore;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({RequestProperties.class, SessionProperties.class})
class SessionConfiguration {

    /** Where this is true, another room has the ports' beans. */
    private static final String CLUSTER = "springline.cluster.redis.enabled";

    @Bean
    @ConditionalOnProperty(name = CLUSTER, havingValue = "false", matchIfMissing = true)
    Backplane backplane() {
        return new LocalBackplane();
    }

    @Bean
    SessionRegistry sessionRegistry() {
        return new SessionRegistry();
    }

    @Bean
    ProcessorShares processorShares(RequestProperties requests) {
        int processors = Runtime.getRuntime().availableProcessors();
        return new ProcessorShares(processors, requests.processorsPerPrincipal(processors));
    }

    @Bean
    @ConditionalOnProperty(name = CLUSTER, havingValue = "false", matchIfMissing = true)
    SessionStore sessionStore() {
        return new LocalSessionStore();
    }

    @Bean
    ResumableSessions resumableSessions(
            SessionRegistry sessions, SessionProperties properties, SessionStore store) {
        return new ResumableSessions(sessions, properties, store);
    }
}
