package io.springline.toolcall.limit;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Wires the limits of tool calls. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(CallLimitProperties.class)
class CallLimitConfiguration {

    /**
     * @param store shared by the nodes of a cluster; else that of this node
     */
    @Bean("springlineCallLimits")
    CallLimits callLimits(CallLimitProperties properties, ObjectProvider<CallLimitStore> store) {
        return new CallLimits(
                properties, store.getIfAvailable(() -> new LocalCallLimitStore(System::nanoTime)));
    }

    /** After the endpoints, at which calls that are limited less may become possible. */
    @Bean("springlineCallLimitReload")
    @Order(Ordered.LOWEST_PRECEDENCE)
    CallLimitReload callLimitReload(CallLimits limits) {
        return new CallLimitReload(limits);
    }
}
