package io.springline.config;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.ConfigurableEnvironment;

/** Configures the check for unknown properties. */
@Configuration(proxyBeanMethods = false)
class ConfigConfiguration {

    @Bean("springlineUnknownKeysCheck")
    static UnknownKeysCheck unknownKeysCheck(ConfigurableEnvironment environment) {
        return new UnknownKeysCheck(environment);
    }
}
