package io.springline.feature.endpoint;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * The features that the server offers.
 *
 * @param pageSize maximum number of entries on one page of a list. Many clients read only the first
 *     page
 * @param builtIn whether the built-in tools are offered: echo, system_info, system_health and
 *     system_metrics. The service sets true
 * @param instructions how to use this server, as a text for the client's model. Sent in the results
 *     of {@code initialize} and {@code server/discover}
 */
@Validated
@ConfigurationProperties(prefix = "springline.features", ignoreUnknownFields = false)
record FeatureProperties(
        @DefaultValue("1000") @Min(1) @Max(100_000) int pageSize,
        @DefaultValue("false") boolean builtIn,
        @Nullable String instructions) {}
