package io.springline.config;

import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.ConfigurableEnvironment;

/** Configures the check for unknown properties; the service has a stricter one. */
@Configuration(proxyBeanMethods = false)
class ConfigConfiguration {

    @Bean("springlineUnknownKeysCheck")
    @ConditionalOnMissingBean
    static UnknownKeysCheck unknownKeysCheck(ConfigurableEnvironment environment) {
        return UnknownKeysCheck.embedded(environment);
    }
}
