package io.springline.ops.tracing;

import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Creates the recorders of spans if {@code springline.tracing.enabled} is set. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(TracingProperties.class)
class TracingConfiguration {

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnBooleanProperty("springline.tracing.enabled")
    static class Spans {

        @Bean("springlineRequestSpans")
        RequestSpans requestSpans(ObservationRegistry registry) {
            return new RequestSpans(registry);
        }

        @Bean("springlineUpstreamSpans")
        UpstreamSpans upstreamSpans(ObservationRegistry registry) {
            return new UpstreamSpans(registry);
        }

        /** Suppresses the timers of spans: {@code springline.requests} already has these times. */
        @Bean("springlineNoTimersForSpans")
        static MeterFilter noTimersForSpans() {
            return MeterFilter.deny(id ->
                    id.getName().startsWith(RequestSpans.NAME)
                            || id.getName().startsWith(UpstreamSpans.NAME));
        }
    }
}
