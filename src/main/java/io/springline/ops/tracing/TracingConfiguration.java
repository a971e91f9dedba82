package io.springline.ops.tracing;

import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Spans, if somebody looks at traces; otherwise there is nobody to make one. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(TracingProperties.class)
class TracingConfiguration {

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnBooleanProperty("springline.tracing.enabled")
    static class Spans {

        @Bean
        RequestSpans requestSpans(ObservationRegistry registry) {
            return new RequestSpans(registry);
        }

        @Bean
        UpstreamSpans upstreamSpans(ObservationRegistry registry) {
            return new UpstreamSpans(registry);
        }

        /** What they would measure is in {@code springline.requests} already, and cheaper. */
        @Bean
        static MeterFilter spansAreNoMeters() {
            return MeterFilter.deny(id ->
                    id.getName().startsWith(RequestSpans.NAME)
                            || id.getName().startsWith(UpstreamSpans.NAME));
        }
    }
}
