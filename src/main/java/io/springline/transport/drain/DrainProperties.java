package io.springline.transport.drain;

import io.springline.session.limit.Rate;
import jakarta.validation.constraints.NotNull;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How the service stops.
 *
 * @param delay how long clients that come are still let in and served, while readiness is down
 *     already: until load balancers have heard of it
 * @param timeout from the beginning to the end of the service, the delay included; at least 1 s
 * @param closeRate most connections closed in one second, {@code N/s}; more only where they would
 *     not be through in time
 */
@Validated
@ConfigurationProperties(prefix = "springline.drain", ignoreUnknownFields = false)
public record DrainProperties(
        @DefaultValue("5s") @NotNull @DurationMin(millis = 0) Duration delay,
        @DefaultValue("25s") @NotNull @DurationMin(seconds = 1) Duration timeout,
        @DefaultValue("500/s") @NotNull Rate closeRate) {

    public DrainProperties {
        if (delay.compareTo(timeout) >= 0) {
            throw new IllegalArgumentException(
                    "springline.drain.delay: must be less than springline.drain.timeout, but %s is not less than %s"
                            .formatted(delay, timeout));
        }
    }
}
