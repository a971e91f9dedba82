package io.springline.ops;

import io.springline.websocket.Admissions;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Part of readiness: out of service while this node takes no more connections, because it is full
 * or stopping, so that new clients are sent elsewhere. Liveness does not depend on it.
 */
final class CapacityHealthIndicator implements HealthIndicator {

    private final Admissions admissions;

    CapacityHealthIndicator(Admissions admissions) {
        this.admissions = admissions;
    }

    @Override
    public Health health() {
        return admissions.areOpen() ? Health.up().build() : Health.outOfService().build();
    }
}
