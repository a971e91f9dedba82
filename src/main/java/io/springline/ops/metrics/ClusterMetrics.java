package io.springline.ops.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.springline.cluster.Cluster;

/** The meters of a node that shares its sessions. */
public final class ClusterMetrics {

    public ClusterMetrics(MeterRegistry registry, Cluster cluster) {
        Gauge.builder("springline.cluster.available", cluster, each -> each.isAway() ? 0 : 1)
                .description("1 while Redis answers, else 0")
                .register(registry);
        Gauge.builder("springline.cluster.behind", cluster, Cluster::behind)
                .description("Sessions of this node whose newest state Redis does not have")
                .register(registry);
        FunctionCounter.builder("springline.cluster.interruptions", cluster, Cluster::interruptions)
                .description("How often Redis went away")
                .register(registry);
        FunctionCounter.builder("springline.cluster.dropped", cluster, Cluster::dropped)
                .description("Messages of other nodes that were dropped: too many at once")
                .register(registry);
    }
}
