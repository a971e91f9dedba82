package io.springline.toolcall;

import io.springline.feature.ToolCallFilter;
import io.springline.feature.endpoint.ToolCallInterceptor;
import io.springline.toolcall.approval.Approvals;
import io.springline.toolcall.limit.CallLimits;
import java.util.ArrayList;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.function.SingletonSupplier;

/** Wires what happens around tool calls. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(FilterProperties.class)
class ToolCallConfiguration {

    /** Looks filters up at the first call, since a filter may depend on features. */
    @Bean("springlineToolCallInterceptor")
    ToolCallInterceptor toolCallInterceptor(
            FilterProperties filters,
            ObjectProvider<ToolCallFilter> beans,
            Approvals approvals,
            CallLimits limits) {
        return new GuardedToolCalls(
                SingletonSupplier.of(() -> {
                    var all = new ArrayList<>(filters.filters());
                    beans.orderedStream().forEach(all::add);
                    return all;
                }),
                approvals,
                limits);
    }
}
