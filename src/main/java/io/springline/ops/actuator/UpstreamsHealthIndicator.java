package io.springline.ops.actuator;

import io.springline.relay.Upstreams;
import io.springline.relay.upstream.UpstreamView;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Reports the state of each upstream in its details. Always up: if one upstream is down, the
 * service still serves the others, and restarting the service would not help.
 */
public final class UpstreamsHealthIndicator implements HealthIndicator {

    private final Upstreams upstreams;

    public UpstreamsHealthIndicator(Upstreams upstreams) {
        this.upstreams = upstreams;
    }

    @Override
    public Health health() {
        Health.Builder health = Health.up();
        for (UpstreamView each : upstreams.all()) {
            Map<String, Object> detail = new LinkedHashMap<>();
            detail.put("state", each.state());
            detail.put("kind", each.kind());
            if (each.protocolVersion() != null) {
                detail.put("protocolVersion", each.protocolVersion());
            }
            detail.put("tools", each.tools());
            detail.put("restarts", each.restarts());
            if (each.authTrouble() != null) {
                detail.put("authTrouble", each.authTrouble());
            }
            if (each.trouble() != null) {
                detail.put("trouble", each.trouble());
            }
            if (!each.warnings().isEmpty()) {
                detail.put("warnings", each.warnings().size());
            }
            health.withDetail(each.name(), detail);
        }
        return health.build();
    }
}
