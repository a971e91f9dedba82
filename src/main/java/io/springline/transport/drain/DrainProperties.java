package io.springline.transport.drain;

import io.springline.session.limit.Rate;
import jakarta.validation.constraints.NotNull;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Graceful shutdown.
 *
 * @param delay time for which readiness is already down, but clients are still admitted and served.
 *     Load balancers need it to take the node out of service. The service sets 5 s
 * @param timeout maximum duration of the shutdown, including {@code delay}; at least 1 s
 * @param closeRate maximum number of connections closed per second, {@code N/s}. If that would
 *     exceed {@code timeout}, they are closed faster
 */
@Validated
@ConfigurationProperties(prefix = "springline.drain", ignoreUnknownFields = false)
public record DrainProperties(
        @DefaultValue("0s") @NotNull @DurationMin(millis = 0) Duration delay,
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
