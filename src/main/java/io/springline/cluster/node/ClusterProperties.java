package io.springline.cluster.node;

import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Sharing of sessions between nodes through Redis. The address and credentials of Redis are in
 * {@code spring.data.redis}.
 *
 * @param enabled whether this node joins the cluster. If false, it does not connect to Redis
 * @param keyPrefix prefix of all keys and channels. Services that share a Redis need different
 *     prefixes
 * @param nodeLease time after which a node that does not renew its lease in Redis counts as dead;
 *     the outcome of its running calls is then unknown. 1 s to 5 min
 * @param patience maximum time for which a call waits for Redis. After that, Redis counts as
 *     unavailable, and calls do not wait until it responds again. 10 ms to 10 s
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
