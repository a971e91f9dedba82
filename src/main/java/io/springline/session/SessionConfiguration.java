package io.springline.session;

import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({RequestProperties.class, SessionProperties.class})
class SessionConfiguration {

    @Bean
    @ConditionalOnMissingBean
    Backplane backplane() {
        return new LocalBackplane();
    }

    @Bean
    SessionRegistry sessionRegistry() {
        return new SessionRegistry();
    }

    @Bean
    @ConditionalOnMissingBean
    SessionStore sessionStore() {
        return new LocalSessionStore();
    }

    @Bean
    ResumableSessions resumableSessions(
            SessionRegistry sessions, SessionProperties properties, SessionStore store) {
        return new ResumableSessions(sessions, properties, store);
    }
}
