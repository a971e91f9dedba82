package io.springline.websocket;

import jakarta.validation.constraints.NotNull;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How the service stops.
 *
 * @param timeout how long requests that were accepted may go on; must be below {@code
 *     spring.lifecycle.timeout-per-shutdown-phase}
 */
@Validated
@ConfigurationProperties(prefix = "springline.drain", ignoreUnknownFields = false)
record DrainProperties(@DefaultValue("25s") @NotNull @DurationMin(millis = 0) Duration timeout) {}
