package io.springline.ops;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.springline.relay.UpstreamCounters;
import io.springline.relay.Upstreams;
import java.util.concurrent.TimeUnit;

/**
 * The meters {@code springline.upstream.*}; the tag {@code upstream} takes the configured names
 * only.
 */
final class UpstreamMetrics implements MeterBinder {

    private final Upstreams upstreams;

    UpstreamMetrics(Upstreams upstreams) {
        this.upstreams = upstreams;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        for (UpstreamCounters each : upstreams.counters()) {
            Gauge.builder("springline.upstream.up", each, up -> up.isUp() ? 1 : 0)
                    .description("1 while the upstream is connected")
                    .tag("upstream", each.name())
                    .register(registry);
            Gauge.builder("springline.upstream.connections", each, UpstreamCounters::connections)
                    .description("Processes or HTTP sessions of the upstream")
                    .tag("upstream", each.name())
                    .register(registry);
            FunctionCounter.builder(
                            "springline.upstream.restarts", each, UpstreamCounters::restarts)
                    .description("Connections made anew")
                    .tag("upstream", each.name())
                    .register(registry);
            FunctionCounter.builder(
                            "springline.upstream.failures", each, UpstreamCounters::failures)
                    .description("Calls that ended with an error, the upstream's own included")
                    .tag("upstream", each.name())
                    .register(registry);
            FunctionTimer.builder(
                            "springline.upstream.requests",
                            each,
                            UpstreamCounters::calls,
                            UpstreamCounters::totalNanos,
                            TimeUnit.NANOSECONDS)
                    .description("From sending a call to the upstream to its answer")
                    .tag("upstream", each.name())
                    .register(registry);
        }
    }
}
