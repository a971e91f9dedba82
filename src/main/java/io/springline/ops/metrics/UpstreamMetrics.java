package io.springline.ops.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.springline.relay.UpstreamCounters;
import io.springline.relay.Upstreams;
import io.springline.relay.auth.CredentialFailures;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * The meters {@code springline.upstream.*}. The values of the tag {@code upstream} are configured
 * names only.
 */
public final class UpstreamMetrics implements MeterBinder {

    private final Upstreams upstreams;

    public UpstreamMetrics(Upstreams upstreams) {
        this.upstreams = upstreams;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        for (UpstreamCounters each : upstreams.counters()) {
            Gauge.builder("springline.upstream.up", each, up -> up.isUp() ? 1 : 0)
                    .description("1 while the upstream is connected, otherwise 0")
                    .tag("upstream", each.name())
                    .register(registry);
            Gauge.builder("springline.upstream.connections", each, UpstreamCounters::connections)
                    .description("Processes or HTTP sessions of the upstream")
                    .tag("upstream", each.name())
                    .register(registry);
            FunctionCounter.builder(
                            "springline.upstream.restarts", each, UpstreamCounters::restarts)
                    .description("Reconnects and process restarts")
                    .tag("upstream", each.name())
                    .register(registry);
            for (CredentialFailures.Reason reason : CredentialFailures.Reason.values()) {
                FunctionCounter.builder(
                                "springline.upstream.auth.failures",
                                each.credentialFailures(),
                                failures -> failures.total(reason))
                        .description("Calls without a valid credential")
                        .tag("upstream", each.name())
                        .tag("reason", reason.name().toLowerCase(Locale.ROOT))
                        .register(registry);
            }
            Timer results = calls(each, "result", registry);
            Timer errors = calls(each, "error", registry);
            each.onCall((nanos, failed) ->
                    (failed ? errors : results).record(nanos, TimeUnit.NANOSECONDS));
        }
    }

    private static Timer calls(UpstreamCounters upstream, String outcome, MeterRegistry registry) {
        return LatencyBuckets.timer("springline.upstream.requests")
                .description("Time from sending a call to the upstream to its response or failure")
                .tag("upstream", upstream.name())
                .tag("outcome", outcome)
                .register(registry);
    }
}
