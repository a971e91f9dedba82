package io.springline.ops.actuator;

import io.springline.session.limit.ProcessorShares;
import io.springline.session.limit.UnreadMemory;
import io.springline.transport.AdmissionControl;
import io.springline.transport.drain.DrainState;
import io.springline.transport.drain.GracefulDrain;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Part of readiness, not of liveness: {@code OUT_OF_SERVICE} while this node accepts no more
 * connections, and from the start of a drain, so that load balancers choose other nodes. The detail
 * {@code heldBack} lists clients whose messages wait for processors, {@code notReading} those that
 * have too much unread.
 */
public final class CapacityHealthIndicator implements HealthIndicator {

    private final AdmissionControl admissions;
    private final GracefulDrain drain;
    private final ProcessorShares shares;
    private final UnreadMemory unread;

    public CapacityHealthIndicator(
            AdmissionControl admissions,
            GracefulDrain drain,
            ProcessorShares shares,
            UnreadMemory unread) {
        this.admissions = admissions;
        this.shares = shares;
        this.unread = unread;
        this.drain = drain;
    }

    @Override
    public Health health() {
        DrainState state = drain.state();
        boolean open = state == DrainState.SERVING && admissions.areOpen();
        return (open ? Health.up() : Health.outOfService())
                .withDetail("drain", DrainEndpoint.label(state))
                .withDetail("heldBack", shares.heldBack())
                .withDetail("notReading", unread.heldBack())
                .build();
    }
}
