package io.springline.ops.tracing;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Tracing. The exporter and the sampling are configured by {@code
 * management.opentelemetry.tracing.*} and {@code management.tracing.*} of Spring Boot.
 *
 * @param enabled whether spans are recorded for requests and for calls to upstreams, see
 *     docs/tracing.md
 */
@ConfigurationProperties(prefix = "springline.tracing", ignoreUnknownFields = false)
record TracingProperties(@DefaultValue("false") boolean enabled) {}
