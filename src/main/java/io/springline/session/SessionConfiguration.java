package io.springline.session;

import io.springline.session.limit.ProcessorShares;
import io.springline.session.limit.UnreadMemory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(RequestProperties.class)
class SessionConfiguration {

    /** If the cluster is enabled, its configuration has this bean. */
    @Bean("springlineBackplane")
    @ConditionalOnProperty(
            name = "springline.cluster.redis.enabled",
            havingValue = "false",
            matchIfMissing = true)
    Backplane backplane() {
        return new LocalBackplane();
    }

    @Bean("springlineSessionRegistry")
    SessionRegistry sessionRegistry() {
        return new SessionRegistry();
    }

    @Bean("springlineUnreadMemory")
    UnreadMemory unreadMemory(RequestProperties requests) {
        return new UnreadMemory(requests.unreadMemory());
    }

    @Bean("springlineProcessorShares")
    ProcessorShares processorShares(RequestProperties requests) {
        int processors = Runtime.getRuntime().availableProcessors();
        return new ProcessorShares(processors, requests.processorsPerPrincipal(processors));
    }
}
