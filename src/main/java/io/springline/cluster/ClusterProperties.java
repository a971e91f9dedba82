package io.springline.cluster;

import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Whether nodes share their sessions by Redis, whose address and credentials are in {@code
 * spring.data.redis}.
 *
 * @param enabled when false, no connection is tried
 * @param keyPrefix of all keys and channels: services that share a Redis need different ones
 * @param nodeLease a node that Redis has not heard of for so long is dead, and what it was running
 *     has an unknown outcome; 1 s to 5 min
 * @param patience how long a call may wait for Redis; after that Redis counts as away, and no call
 *     waits until it is back; 10 ms to 10 s
 */
@Validated
@ConfigurationProperties(prefix = "springline.cluster.redis", ignoreUnknownFields = false)
public record ClusterProperties(
        @DefaultValue("false") boolean enabled,
        @DefaultValue("springline") @NotNull @Pattern(regexp = "[A-Za-z0-9._:-]{1,64}")
                String keyPrefix,
        @DefaultValue("10s") @NotNull @DurationMin(seconds = 1) @DurationMax(minutes = 5)
                Duration nodeLease,
        @DefaultValue("500ms") @NotNull @DurationMin(millis = 10) @DurationMax(seconds = 10)
                Duration patience) {}
