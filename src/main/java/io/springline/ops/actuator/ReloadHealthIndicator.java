package io.springline.ops.actuator;

import io.springline.reload.ConfigurationReload;
import io.springline.reload.ReloadStatus;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Reports the version of the configuration, and why a newer one is not applied. Always up: the
 * service goes on with the configuration that it has.
 */
public final class ReloadHealthIndicator implements HealthIndicator {

    private final ConfigurationReload reload;

    public ReloadHealthIndicator(ConfigurationReload reload) {
        this.reload = reload;
    }

    @Override
    public Health health() {
        ReloadStatus status = reload.last();
        Health.Builder health = Health.up().withDetail("version", status.version());
        if (status.fault() != null) {
            health.withDetail("fault", status.fault());
        }
        if (!status.needsRestart().isEmpty()) {
            health.withDetail("needsRestart", status.needsRestart());
        }
        return health.build();
    }
}
