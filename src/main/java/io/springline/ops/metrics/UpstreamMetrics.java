package io.springline.ops.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.springline.relay.AttachmentListener;
import io.springline.relay.Upstreams;
import io.springline.relay.auth.CredentialFailures;
import io.springline.relay.upstream.UpstreamCounters;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The meters {@code springline.upstream.*}. The values of the tag {@code upstream} are configured
 * names, and those of servers that have attached; their meters are removed with them.
 */
public final class UpstreamMetrics implements MeterBinder {

    private final Upstreams upstreams;

    public UpstreamMetrics(Upstreams upstreams) {
        this.upstreams = upstreams;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        // with those of the configuration, which a reload can replace or remove
        var meters = new ConcurrentHashMap<UpstreamCounters, List<Meter>>();
        upstreams.counters().forEach(each -> meters.put(each, bind(each, registry)));
        upstreams.onAttachment(
                new AttachmentListener() {

                    @Override
                    public void attached(UpstreamCounters upstream) {
                        meters.put(upstream, bind(upstream, registry));
                    }

                    @Override
                    public void detached(UpstreamCounters upstream) {
                        List<Meter> gone = meters.remove(upstream);
                        if (gone != null) {
                            gone.forEach(registry::remove);
                        }
                    }
                });
    }

    private static List<Meter> bind(UpstreamCounters each, MeterRegistry registry) {
        Gauge up =
                Gauge.builder("springline.upstream.up", each, now -> now.isUp() ? 1 : 0)
                        .description("1 while the upstream is connected, otherwise 0")
                        .tag("upstream", each.name())
                        .register(registry);
        Gauge connections =
                Gauge.builder(
                                "springline.upstream.connections",
                                each,
                                UpstreamCounters::connections)
                        .description("Processes or HTTP sessions of the upstream")
                        .tag("upstream", each.name())
                        .register(registry);
        FunctionCounter restarts =
                FunctionCounter.builder(
                                "springline.upstream.restarts", each, UpstreamCounters::restarts)
                        .description("Reconnects and process restarts")
                        .tag("upstream", each.name())
                        .register(registry);
        Timer results = calls(each, "result", registry);
        Timer errors = calls(each, "error", registry);
        each.onCall(
                (nanos, failed) -> (failed ? errors : results).record(nanos, TimeUnit.NANOSECONDS));
        var all = new ArrayList<Meter>(List.of(up, connections, restarts, results, errors));
        for (CredentialFailures.Reason reason : CredentialFailures.Reason.values()) {
            all.add(
                    FunctionCounter.builder(
                                    "springline.upstream.auth.failures",
                                    each.credentialFailures(),
                                    failures -> failures.total(reason))
                            .description("Calls without a valid credential")
                            .tag("upstream", each.name())
                            .tag("reason", reason.name().toLowerCase(Locale.ROOT))
                            .register(registry));
        }
        return List.copyOf(all);
    }

    private static Timer calls(UpstreamCounters upstream, String outcome, MeterRegistry registry) {
        return LatencyBuckets.timer("springline.upstream.requests")
                .description("Time from sending a call to the upstream to its response or failure")
                .tag("upstream", upstream.name())
                .tag("outcome", outcome)
                .register(registry);
    }
}
