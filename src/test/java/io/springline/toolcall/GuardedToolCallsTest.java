package io.springline.toolcall;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.feature.ToolCallFilter;
import io.springline.feature.endpoint.ToolCallInterceptor;
import io.springline.testing.CoreContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.annotation.Bean;

class GuardedToolCallsTest {

    /** No @Configuration, or every other test would find it by scanning this package. */
    static class Filtered {

        @Bean
        ToolCallFilter filter() {
            return new ToolCallFilter() {};
        }
    }

    @Test
    void doNotBlockIfNothingIsConfigured() {
        CoreContext.runner()
                .run(context ->
                        assertThat(context.getBean(ToolCallInterceptor.class).isNonBlocking())
                                .isTrue());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "springline.approval.rules[0].tools=echo",
                "springline.call-limits.rules[0].rate=1/s"
            })
    void mayBlockIfRulesNeedAPersonOrAnotherNode(String rule) {
        CoreContext.runner()
                .withPropertyValues(rule)
                .run(context ->
                        assertThat(context.getBean(ToolCallInterceptor.class).isNonBlocking())
                                .isFalse());
    }

    @Test
    void mayBlockIfThereAreFilters() {
        CoreContext.runner()
                .withUserConfiguration(Filtered.class)
                .run(context ->
                        assertThat(context.getBean(ToolCallInterceptor.class).isNonBlocking())
                                .isFalse());
    }
}
