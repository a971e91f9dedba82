package io.springline.reload;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Changes of configuration files while the service runs.
 *
 * @param watch whether the files are read again and again, and changes applied. If not, {@code POST
 *     /actuator/reload} applies them
 * @param interval interval at which the files are read
 */
@ConfigurationProperties(prefix = "springline.reload", ignoreUnknownFields = false)
record ReloadProperties(
        @DefaultValue("true") boolean watch, @DefaultValue("5s") Duration interval) {

    ReloadProperties {
        if (interval.toMillis() < 100) {
            throw new IllegalArgumentException(
                    "springline.reload.interval: must be at least 100ms, not " + interval);
        }
    }
}
