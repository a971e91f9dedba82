package io.springline.ops;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

@Configuration(proxyBeanMethods = false)
class OpsConfiguration {

    @Bean
    @Order(Ordered.LOWEST_PRECEDENCE)
    BuiltInTools builtInTools() {
        return new BuiltInTools();
    }
}
