package io.springline.ops.tracing;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where spans go, and how many, is said by {@code management.opentelemetry.tracing.*} and {@code
 * management.tracing.*} of Spring Boot.
 *
 * @param enabled whether there are spans of requests and of calls to upstreams, see tracing.md
 */
@ConfigurationProperties(prefix = "springline.tracing", ignoreUnknownFields = false)
record TracingProperties(@DefaultValue("false") boolean enabled) {}
