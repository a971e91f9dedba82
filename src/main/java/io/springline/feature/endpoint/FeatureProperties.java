package io.springline.feature.endpoint;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * What the server offers.
 *
 * @param pageSize entries on one page of a list; many clients never ask for a second page
 * @param builtIn whether the service's own tools are offered: echo, system_info, system_health and
 *     system_metrics
 * @param instructions how to use this server, for the client's model; sent by {@code initialize}
 *     and {@code server/discover}
 */
@Validated
@ConfigurationProperties(prefix = "springline.features", ignoreUnknownFields = false)
record FeatureProperties(
        @DefaultValue("1000") @Min(1) @Max(100_000) int pageSize,
        @DefaultValue("true") boolean builtIn,
        @Nullable String instructions) {}
